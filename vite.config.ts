import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  root: 'src/web',
  publicDir: 'public',
  plugins: [react()],
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    assetsDir: 'assets',
    manifest: true,
    target: 'es2023',
    reportCompressedSize: false,
    // The policy of the pages allows no `data:` fonts or scripts; small images may be inlined.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
  },
})
