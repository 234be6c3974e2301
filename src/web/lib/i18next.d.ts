import 'i18next'
import type account from '../locales/en/account.json'
import type api from '../locales/en/api.json'
import type files from '../locales/en/files.json'
import type media from '../locales/en/media.json'
import type people from '../locales/en/people.json'
import type problems from '../locales/en/problems.json'
import type registry from '../locales/en/registry.json'
import type shell from '../locales/en/shell.json'
import type status from '../locales/en/status.json'
import type system from '../locales/en/system.json'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'shell'
    resources: {
      shell: typeof shell
      account: typeof account
      api: typeof api
      files: typeof files
      media: typeof media
      people: typeof people
      problems: typeof problems
      registry: typeof registry
      status: typeof status
      system: typeof system
    }
  }
}
