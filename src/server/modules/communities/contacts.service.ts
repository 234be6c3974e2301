import type { ContactBody, ContactView } from '#contract/communities.ts'
import type { Actor } from '#server/platform/actor.ts'
import { audit, changedFields } from '#server/platform/audit.ts'
import { manilaDay } from '#server/platform/clock.ts'
import type { Reader, Tx } from '#server/platform/db.ts'
import { AppError, invalidField } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { type OnceKey, once } from '#server/platform/once.ts'
import { changedMeanwhile } from '#server/platform/trail.rules.ts'
import { type FoundCommunity, findCommunity, listChangesSince } from './communities.reads.ts'
import { dayProblem, filled } from './communities.rules.ts'
import {
  type ContactInput,
  type ContactRecord,
  findContact,
  insertContact,
  listContacts,
  markContactRemoved,
  updateContact,
} from './contacts.repo.ts'

export type ContactsService = ReturnType<typeof contactsService>

/** Contact persons of communities: personal data (RA 10173), with permissions of their own. */
export function contactsService({ db, clock }: Pick<ModuleDeps, 'db' | 'clock'>) {
  const today = () => manilaDay(clock.now())

  async function find(reader: Reader, actor: Actor, id: string): Promise<FoundCommunity> {
    const found = await findCommunity(reader, actor, id)
    if (!found) throw new AppError('not_found', 'There is no such community.')
    return found
  }

  async function editableContacts(tx: Tx, actor: Actor, communityId: string): Promise<FoundCommunity> {
    const found = await find(tx, actor, communityId)
    if (!found.may.editContacts)
      throw new AppError('forbidden', 'Your account may not change the contact persons of this community.')
    if (found.archivedAt !== null)
      throw new AppError('wrong_state', 'This community is archived. Restore it before you change its contact persons.')
    return found
  }

  /** A change answers with the whole contact person, so only who may see one may change or remove it; adding is open. */
  async function visibleContacts(tx: Tx, actor: Actor, communityId: string): Promise<void> {
    const found = await editableContacts(tx, actor, communityId)
    if (!found.may.readContacts)
      throw new AppError(
        'forbidden',
        'Your account may add contact persons of this community, but not see or change them.',
      )
  }

  function assertVerifiedOn(verifiedOn: string | null | undefined): void {
    const problem = verifiedOn ? dayProblem(verifiedOn, today()) : undefined
    if (problem) throw invalidField('verifiedOn', problem)
  }

  async function contactAt(
    tx: Tx,
    communityId: string,
    contactId: string,
    version: number,
    sent: Record<string, unknown>,
  ): Promise<ContactRecord> {
    const contact = await findContact(tx, communityId, contactId)
    if (!contact) throw new AppError('not_found', 'There is no such contact person.')
    if (contact.version === version) return contact
    const changes = await listChangesSince(tx, communityId, version, contactId)
    throw new AppError(
      'stale_version',
      'Someone changed this contact person after you opened it. Compare both, then save.',
      { current: contact, changed: changedMeanwhile(changes, sent) },
    )
  }

  return {
    async list(actor: Actor, communityId: string): Promise<{ items: ContactView[] }> {
      const found = await find(db, actor, communityId)
      if (!found.may.readContacts)
        throw new AppError('forbidden', 'Your account may not see the contact persons of this community.')
      return { items: await listContacts(db, communityId) }
    },

    async add(
      actor: Actor,
      communityId: string,
      body: ContactBody,
      onceKey: OnceKey | undefined,
    ): Promise<ContactView> {
      return db.transact((tx) =>
        once(tx, clock, actor, onceKey, async () => {
          await editableContacts(tx, actor, communityId)
          assertVerifiedOn(body.verifiedOn)
          const input = contactInput(emptyContact, body)
          const id = await insertContact(tx, communityId, input, clock.now())
          await audit(tx, clock, actor, {
            action: 'community.contact_added',
            subject: { type: 'community', id: communityId },
            after: { contactId: id, ...filled(input) },
          })
          return { id, ...input, version: 1 }
        }),
      )
    },

    async change(
      actor: Actor,
      communityId: string,
      contactId: string,
      { version, ...sent }: Partial<ContactBody> & { version: number },
    ): Promise<ContactView> {
      return db.transact(async (tx) => {
        await visibleContacts(tx, actor, communityId)
        const contact = await contactAt(tx, communityId, contactId, version, sent)
        assertVerifiedOn(sent.verifiedOn)
        const before = contactInput(contact, {})
        const after = contactInput(contact, sent)
        const difference = changedFields({ ...before }, { ...after })
        if (Object.keys(difference.after).length === 0) return contact
        await updateContact(tx, contactId, after, clock.now())
        await audit(tx, clock, actor, {
          action: 'community.contact_changed',
          subject: { type: 'community', id: communityId },
          before: { contactId, ...difference.before },
          after: { contactId, ...difference.after, version: version + 1 },
        })
        return { id: contactId, ...after, version: version + 1 }
      })
    },

    async remove(actor: Actor, communityId: string, contactId: string, version: number): Promise<void> {
      await db.transact(async (tx) => {
        await visibleContacts(tx, actor, communityId)
        const contact = await contactAt(tx, communityId, contactId, version, {})
        await markContactRemoved(tx, contactId, clock.now())
        await audit(tx, clock, actor, {
          action: 'community.contact_removed',
          subject: { type: 'community', id: communityId },
          before: { contactId, ...filled(contactInput(contact, {})) },
          after: { contactId, version: version + 1 },
        })
      })
    },
  }
}

const emptyContact: ContactInput = {
  name: '',
  role: 'other',
  position: null,
  phone: null,
  email: null,
  verifiedOn: null,
}

const contactInput = (before: ContactInput, sent: Partial<ContactBody>): ContactInput => ({
  name: sent.name ?? before.name,
  role: sent.role ?? before.role,
  position: sent.position === undefined ? before.position : sent.position || null,
  phone: sent.phone === undefined ? before.phone : sent.phone || null,
  email: sent.email === undefined ? before.email : sent.email,
  verifiedOn: sent.verifiedOn === undefined ? before.verifiedOn : sent.verifiedOn,
})
