import { useCallback } from 'react'
import { ApiError } from '#web/lib/api.ts'
import { useProblemWords } from '#web/ui/problem-words.ts'

/** What the server wrote down when it refused a file, as the error that says it. */
export const refusalError = (refusal: string): ApiError =>
  new ApiError({
    type: 'about:blank',
    title: refusal,
    status: 422,
    code: 'unsupported_file',
    detail: refusal,
    requestId: '',
  })

/** In the person’s language. */
export function useRefusalWords(): (refusal: string) => string {
  const problemWords = useProblemWords()
  return useCallback((refusal) => problemWords(refusalError(refusal)), [problemWords])
}
