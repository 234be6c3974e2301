import { whyPasswordRefused } from '../compose.ts'
import { type Config, loadConfig } from '../platform/config.ts'
import { StartError } from '../platform/start-error.ts'
import type { System } from './open.ts'

const emailOf = (config: Config): string => config.adminEmail ?? 'admin@localhost.localdomain'

/** The settings; a weak first password is refused before anything is made. */
export function loadConfigWithAdministrator(email?: string): Config {
  const config = loadConfig(process.env)
  const owner = { email: email ?? emailOf(config), name: '' }
  const why = config.adminPassword && whyPasswordRefused(config.adminPassword, owner)
  if (why) throw new StartError(`OBCMS_ADMIN_PASSWORD is not taken: ${why}`)
  return config
}

/** @param say gets the password when it is a random one, once */
export async function createAdministrator(
  { composition }: System,
  config: Config,
  say: (line: string) => void,
  email = emailOf(config),
): Promise<void> {
  const made = await composition.identity.createAdministrator({ email, password: config.adminPassword })
  say(`\n  Administrator   ${made.email}`)
  say(
    `  Password        ${config.adminPassword ? 'as set in OBCMS_ADMIN_PASSWORD' : `${made.password}   (shown only now)`}\n`,
  )
}
