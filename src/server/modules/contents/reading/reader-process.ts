/**
 * Opens content of strangers in a process of its own: what breaks a library, fills its memory or never ends takes nothing else
 * along. It knows no setting and no secret, and may read files but not write them.
 */
import { Worker } from 'node:worker_threads'
import { type Answer, type Task, Unreadable } from './limits.ts'

async function read({ path, reading }: Task): Promise<Answer> {
  switch (reading) {
    case 'picture':
      return { picture: await (await import('./picture.ts')).readPicture(path) }
    case 'pdf':
      return { text: await (await import('./pdf.ts')).readPdf(path) }
    case 'office':
      return { text: await (await import('./office.ts')).readOffice(path) }
    case 'json':
      return { text: await (await import('./plain.ts')).readJson(path) }
    case 'text':
      return { text: await (await import('./plain.ts')).readPlain(path) }
    default:
      return reading satisfies never
  }
}

// In a busy loop this process hears nothing: the thread beside it ends it when its worker is gone.
const watch = `const parent = process.ppid
setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGKILL'), 1000)`
new Worker(watch, { eval: true }).unref()

process.on('disconnect', () => process.exit())
process.on('message', async (task: Task) => {
  // Not caught here is what is no fault of the content: it ends the process, and the worker tells of it.
  const answer = await read(task).catch((error: unknown): Answer => {
    if (error instanceof Unreadable) return { refused: error.message }
    throw error
  })
  process.send?.(answer)
})
