const stillAtTheForm = 'button[type="submit"], input, textarea, body'

/** Takes the person to the first field that was refused, unless the form has moved the focus already. */
export function goToFirstProblem(form: HTMLFormElement | null | undefined): boolean {
  const field = form?.querySelector<HTMLElement>('[aria-invalid="true"]')
  if (!field || !document.activeElement?.matches(stillAtTheForm)) return false
  field.focus()
  return true
}

/** For `onSubmit` of a frame around forms: what the form itself finds wrong is marked by the time this looks. */
export function afterSubmit(event: { target: EventTarget }): void {
  if (event.target instanceof HTMLFormElement) setTimeout(goToFirstProblem, 0, event.target)
}
