import type { HeldEvent } from '#server/platform/security-buffer.ts'
import type { NewEvent } from './system.repo.ts'

const longest = 300
/** Headers are typed by strangers: what PostgreSQL would refuse must not cost the other events their place. */
const plain = (text: string): string => text.replaceAll('\0', '').toWellFormed().slice(0, longest).toWellFormed()

const isUuid = (text: string | undefined): text is string =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text ?? '')

export function rowOf({ at, event, facts: { userId, address, requestId, ...facts } }: HeldEvent): NewEvent {
  const told = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, typeof value === 'string' ? plain(value) : value]],
  )
  return {
    at,
    event,
    user_id: isUuid(userId) ? userId : null,
    address: address ? plain(address) : null,
    request_id: requestId ? plain(requestId) : null,
    facts: Object.fromEntries(told),
  }
}

export const droppedRow = (at: Date, count: number): NewEvent => ({
  at,
  event: 'dropped',
  user_id: null,
  address: null,
  request_id: null,
  facts: { count },
})
