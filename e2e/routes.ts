import { readFileSync } from 'node:fs'

const router = readFileSync(new URL('../src/web/router.tsx', import.meta.url), 'utf8')

/** Every page of the web app, read from the router: a new page is looked at without anybody thinking of it. */
export const routes = [
  ...router.matchAll(/\b(open|app)\(\s*'([^']+)'/g),
  ...router.matchAll(/getParentRoute: \(\) => (open|app)Frame,\s*path: '([^']+)'/g),
].map(([, frame, path]) => ({ path: path ?? '', needsSession: frame === 'app' }))

/** How many files of pages the router loads; each belongs to one route, and “not found” needs none. */
export const pagesLoaded = [...router.matchAll(/import\('\.\/pages\/(?!shell\/)/g)].length

/** The address of a page; `ids` says what stands for `$communityId` and the like. */
export const addressOf = (path: string, ids: Record<string, string>): string =>
  path
    .replace(/\$(\w+)/g, (_, name: string) => {
      const id = ids[name]
      if (!id) throw new Error(`An example of $${name} is needed for ${path}.`)
      return id
    })
    .replace('/$', '/no-such-page')
