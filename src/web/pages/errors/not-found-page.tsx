import { NotFound } from '#web/ui/state-views.tsx'

/** Outside the shell, where no frame brings its own `main`. */
export function NotFoundPage() {
  return (
    <main>
      <NotFound />
    </main>
  )
}
