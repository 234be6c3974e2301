import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isSupervised } from '../platform/supervisor/child.ts'
import { program } from './commands.ts'

const envFile = fileURLToPath(new URL('../../../.env', import.meta.url))
// A supervised process has the settings of its supervisor.
if (!isSupervised && existsSync(envFile)) process.loadEnvFile(envFile)

await program.parseAsync()
