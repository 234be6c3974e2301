import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const library = (names: string) => new RegExp(`node_modules/(?:${names})/`)
const parts = [
  'ActionIcon',
  'Alert',
  'Anchor',
  'Badge',
  'Box',
  'Button',
  'Center',
  'CloseButton',
  'Group',
  'List',
  'Loader',
  'Skeleton',
  'Stack',
  'Text',
  'ThemeIcon',
  'Title',
  'UnstyledButton',
].join('|')

export default defineConfig({
  root: 'src/web',
  plugins: [react()],
  experimental: {
    // Chunks name each other from where they are, so that another server can have them all (STATIC_URL). A worker must come
    // from the page's own origin.
    renderBuiltUrl: (filename, { hostType }) =>
      hostType === 'html' || /worker-[^/]+\.js$/.test(filename) ? `/${filename}` : { relative: true },
  },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    manifest: true,
    target: 'es2023',
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What every page needs comes in a few files instead of dozens; everything else is split by page.
          groups: [
            {
              name: 'base',
              priority: 3,
              test: library('react|react-dom|scheduler|@tanstack/[^/]+|i18next|react-i18next|use-sync-external-store'),
            },
            { name: 'parts', priority: 2, test: library(`@mantine/core/esm/(?:core|components/(?:${parts}))`) },
            { name: 'icons', priority: 2, test: library('@tabler/icons-react') },
            { name: 'shared', priority: 1, test: /src\/web\/lib\//, minShareCount: 2 },
          ],
        },
      },
    },
  },
})
