import { Alert, List } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { ApiError } from '#web/lib/api.ts'
import { goToFirstProblem } from './first-problem.ts'
import { useFieldProblems, useProblemWords } from './problem-words.ts'

export { useFieldProblems, useProblemWords }

interface Props {
  error: unknown
  /** Fields that show their own problem beside them; the others are listed here. */
  shown?: readonly string[]
  title?: string
}

/** The refusal of a form, above it, announced and brought into view. */
export function FormProblem({ error, shown = [], title }: Props) {
  const words = useProblemWords()
  const fieldsOf = useFieldProblems()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!error) return
    // The fields take their marks in the same turn; look when they stand.
    const timer = setTimeout(() => {
      if (!goToFirstProblem(box.current?.closest('form'))) box.current?.scrollIntoView({ block: 'nearest' })
    })
    return () => clearTimeout(timer)
  }, [error])
  if (!error) return null
  const waits = error instanceof ApiError && error.problem.code === 'account_pending'
  const others = Object.entries(fieldsOf(error)).filter(([path]) => !shown.includes(path))
  return (
    <Alert ref={box} role="alert" color={waits ? 'gold' : 'red'} icon={<IconAlertTriangle aria-hidden />} title={title}>
      {words(error)}
      {others.length > 0 && error instanceof ApiError && (
        <List size="sm" mt="xs">
          {others.map(([path, message]) => (
            <List.Item key={path}>
              {path}: {message}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  )
}
