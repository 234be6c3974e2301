import type { Language } from '#contract/accounts.options.ts'
import { handles, type JobRegistration } from '#server/platform/jobs.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { findAdministrator } from '../identity/index.ts'
import { examineContent, examineWaiting, sendInfectedLetter } from './contents.jobs.ts'
import { listFilesOf } from './contents.reads.ts'
import { findFacts } from './contents.repo.ts'
import type { ContentsService } from './contents.service.ts'
import { composeInfected } from './letters.rules.ts'

export function contentsHandlers(
  { db, mail, config }: Pick<ModuleDeps, 'db' | 'mail' | 'config'>,
  contents: ContentsService,
): JobRegistration[] {
  return [
    handles(examineContent, ({ sha256 }, context) => contents.examine(sha256, context)),
    handles(examineWaiting, async (_payload, { log }) => {
      const count = await contents.examineWaiting()
      if (count > 0) log.info({ count }, 'content that waited is examined again')
    }),
    handles(sendInfectedLetter, async ({ userId, sha256 }) => {
      const [person, facts] = await Promise.all([findAdministrator(db, userId), findFacts(db, sha256)])
      if (!person || facts?.scan !== 'infected') return
      const letter = composeInfected(person.language as Language, {
        name: person.name,
        finding: facts.finding ?? '?',
        files: await listFilesOf(db, sha256),
        baseUrl: config.baseUrl,
      })
      await mail.send({ to: person.email, ...letter })
    }),
  ]
}
