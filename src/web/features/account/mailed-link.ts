import { useState } from 'react'

/**
 * The secret of a mailed link stands behind `#`, so that no server or proxy writes it into a log. It is read once and taken
 * out of the address, so that it stays out of the history too.
 */
export function useMailedToken(): string {
  const [token] = useState(() => {
    const found = location.hash.slice(1)
    if (found) history.replaceState(history.state, '', location.pathname)
    return found
  })
  return token
}
