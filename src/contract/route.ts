import type { z } from 'zod'
import type { Permission } from './access.ts'

/** One endpoint. The same entry validates requests, types both sides, documents the API and names who may call it. */
export interface Route {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  summary: string
  /** A permission of the catalogue; `signed_in` asks only for a session or token; `public` asks for nothing. */
  permission: Permission | 'signed_in' | 'public'
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  /** JSON reply; absent means 204 without a body, unless `download`, `stream` or `tus` says otherwise. */
  reply?: z.ZodType
  /** Success status when it is not 200 (or 204 without a reply). */
  status?: 201 | 202
  /** The reply is a file, streamed; of one that is kept, parts can be asked for, and `HEAD` tells its size. */
  download?: true | 'kept'
  /** Spoken as the tus protocol says, headers and body: the contract knows who may and what for. */
  tus?: true
  /** The reply is a stream of server-sent events without end. */
  stream?: true
  /** The body is one file in a multipart form, streamed, at most this many bytes. */
  upload?: { maxBytes: number }
  /** Largest JSON body in bytes when it is not the default of 256 KiB. */
  bodyLimit?: number
  /** `browser` endpoints (sign-in, own sessions, tokens) refuse API tokens. */
  only?: 'browser'
}

export const defineRoutes = <const T extends Record<string, Route>>(routes: T): T => routes

type Output<S> = S extends z.ZodType ? z.output<S> : undefined
type Input<S> = S extends z.ZodType ? z.input<S> : undefined

export type ParamsOf<R extends Route> = Output<R['params']>
export type QueryOf<R extends Route> = Output<R['query']>
export type BodyOf<R extends Route> = Output<R['body']>
export type BodyInputOf<R extends Route> = Input<R['body']>
export type QueryInputOf<R extends Route> = Input<R['query']>
export type ReplyOf<R extends Route> = R['reply'] extends z.ZodType ? z.input<R['reply']> : undefined
