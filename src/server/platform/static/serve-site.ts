import { extname } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'
import { type ShortCutDeps, shortCut } from './short-cut.ts'
import { readSite, type SiteFile } from './site-files.ts'
import { answerWith } from './static-answer.ts'

/** An address that a person could have typed or followed; anything that tries to climb or to hide is none. */
const isPlain = (raw: string, path: string): boolean =>
  !/%(?:2f|5c|00)/i.test(raw) && !/[\\\u0000-\u001f\u007f]|\/\/|\/\./.test(path)

/** Addresses of pages answer with the app; under these two, what is missing is missing. */
const isPage = (path: string): boolean => !/^\/(?:api|assets)(?:\/|$)/.test(path) && extname(path) === ''

function find(files: ReadonlyMap<string, SiteFile>, shell: SiteFile, url: string): SiteFile {
  const raw = url.split('?')[0] ?? '/'
  const path = decodeURIComponent(raw)
  const file = isPlain(raw, path) ? (files.get(path) ?? (isPage(path) ? shell : undefined)) : undefined
  if (!file) throw new AppError('not_found', 'There is nothing here.')
  return file
}

/**
 * Serves the built web pages from memory: a request looks at no folder. A page address answers with the app; a missing asset is a
 * 404, never the app.
 * `staticUrl`: where browsers find the assets, when another server has them
 */
export async function serveSite(
  app: FastifyInstance,
  dir: string,
  { staticUrl, ...shared }: ShortCutDeps & { staticUrl?: string | undefined },
): Promise<void> {
  const files = await readSite(dir, staticUrl)
  const shell = files.get('/index.html')
  if (!shell) throw new Error(`no index.html in ${dir}`)
  const remember = shortCut(app, files, shared)

  app.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    compress: false,
    handler: async (request, reply) => {
      const file = find(files, shell, request.url)
      const answer = answerWith(file, request.method, request.headers)
      reply.code(answer.status).headers(answer.headers)
      // A CDN that fetches from us hands on what we say, and its pages are on our origin, not on its own.
      if (staticUrl && file.isImmutable)
        reply.header('access-control-allow-origin', '*').header('cross-origin-resource-policy', 'cross-origin')
      return reply.send(answer.body)
    },
    onResponse: async (request, reply) => remember(request, reply),
  })
}
