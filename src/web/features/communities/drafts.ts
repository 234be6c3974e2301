import type { CreateCommunityBody } from '#contract/communities.ts'
import type { CommunityDraft } from './form-values.ts'

/** An unfinished form, kept in the browser so that a closed tab or a dead line loses nothing. */
export interface KeptDraft {
  mine: CommunityDraft
  /** What the form was opened with, and its version; none for a new community. */
  seen: CommunityDraft | null
  version: number | null
  savedAt: string
  /** A create whose answer never came: it may or may not have happened. */
  attempt?: Attempt
}

export interface Attempt {
  onceKey: string
  body: CreateCommunityBody
}

const longestKept = 30 * 24 * 3600 * 1000
const nameOf = (userId: string, record: string): string => `obcms.draft.community.${userId}.${record}`

/** A person's drafts are not another person's on the same computer; `record` is the community's id or `new`. */
export function readDraft(userId: string, record: string): KeptDraft | null {
  try {
    const text = localStorage.getItem(nameOf(userId, record))
    if (!text) return null
    const kept = JSON.parse(text) as KeptDraft
    if (Date.now() - Date.parse(kept.savedAt) < longestKept && typeof kept.mine?.name === 'string') return kept
  } catch {
    // Unreadable is the same as none.
  }
  dropDraft(userId, record)
  return null
}

/** False when the browser keeps nothing (private mode, no room). */
export function keepDraft(userId: string, record: string, draft: KeptDraft): boolean {
  try {
    localStorage.setItem(nameOf(userId, record), JSON.stringify(draft))
    return true
  } catch {
    return false
  }
}

export function dropDraft(userId: string, record: string): void {
  try {
    localStorage.removeItem(nameOf(userId, record))
  } catch {
    // There was nothing to drop.
  }
}
