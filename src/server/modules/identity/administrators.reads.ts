import type { Reader } from '#server/platform/db.ts'

const administrators = (db: Reader) =>
  db
    .selectFrom('users')
    .select(['id', 'name', 'email', 'language'])
    .where('role', '=', 'administrator')
    .where('state', '=', 'active')

/** Active administrators, to whom the system writes. */
export const listAdministrators = (db: Reader) => administrators(db).orderBy('id').execute()
/** @returns undefined when the person is none any more */
export const findAdministrator = (db: Reader, id: string) => administrators(db).where('id', '=', id).executeTakeFirst()
