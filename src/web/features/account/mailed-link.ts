import { useEffect, useState } from 'react'

/**
 * The secret of a mailed link stands behind `#`, so that no server or proxy writes it into a log. Once the page shows it is
 * taken out of the address, so that it stays out of the history too.
 */
export function useMailedToken(): string {
  const [token] = useState(() => location.hash.slice(1))
  // Not while rendering: a render that waits for words is thrown away, and the secret would be gone with it.
  useEffect(() => {
    if (location.hash) history.replaceState(history.state, '', location.pathname)
  }, [])
  return token
}
