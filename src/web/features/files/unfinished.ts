const nameOf = (userId: string): string => `obcms.uploads.${userId}`

/** How many files of this person are not safe yet, known before anything of the uploads is loaded. */
export function unfinished(userId: string): number {
  try {
    return Number(localStorage.getItem(nameOf(userId))) || 0
  } catch {
    return 0
  }
}

export function markUnfinished(userId: string, count: number): void {
  try {
    if (count > 0) localStorage.setItem(nameOf(userId), String(count))
    else localStorage.removeItem(nameOf(userId))
  } catch {
    // Then a reload does not know of them.
  }
}
