import { z } from 'zod'
import { timestamp, uuid } from './paging.ts'
import { defineRoutes } from './route.ts'

export const devMailRoutes = defineRoutes({
  list: {
    method: 'GET',
    path: '/api/v1/dev/mail',
    summary: 'Development only: letters kept in the mail folder, newest first. Not there once mail really leaves.',
    permission: 'public',
    reply: z.object({
      items: z.array(z.object({ id: uuid, at: timestamp, to: z.string(), subject: z.string(), text: z.string() })),
    }),
  },
})
