import { ActionIcon, VisuallyHidden } from '@mantine/core'
import { type ReactNode, useId, useRef } from 'react'
import classes from './dropdown.module.css'

interface Props {
  /** Name of the button. */
  label: string
  icon: ReactNode
  round?: boolean
  /** Gets the function that closes it. */
  children: (close: () => void) => ReactNode
}

/** A button that opens a small panel. The browser's own popover: Escape, a click outside and the way back of the focus come with it. */
export function Dropdown({ label, icon, round, children }: Props) {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const panel = useRef<HTMLDivElement>(null)

  function place() {
    const at = button.current?.getBoundingClientRect()
    if (!at || !panel.current) return
    panel.current.style.top = `${at.bottom + 6}px`
    panel.current.style.right = `${Math.max(8, document.documentElement.clientWidth - at.right)}px`
  }

  return (
    <>
      <ActionIcon
        ref={button}
        variant="subtle"
        color="gray"
        size={round ? 38 : 'lg'}
        radius={round ? 'xl' : undefined}
        title={label}
        popoverTarget={id}
      >
        {icon}
        <VisuallyHidden>{label}</VisuallyHidden>
      </ActionIcon>
      <div ref={panel} id={id} popover="auto" className={classes.panel} onBeforeToggle={place}>
        {children(() => panel.current?.hidePopover())}
      </div>
    </>
  )
}

interface ChoiceProps {
  options: readonly { value: string; label: string; lang?: string; icon?: ReactNode }[]
  value: string
  onChoose: (value: string) => void
}

/** One of a few, marked. */
export const Choices = ({ options, value, onChoose }: ChoiceProps) =>
  options.map((option) => (
    <button
      key={option.value}
      type="button"
      lang={option.lang}
      className={classes.item}
      aria-pressed={option.value === value}
      onClick={() => onChoose(option.value)}
    >
      {option.icon}
      {option.label}
    </button>
  ))

export const dropdownItem = classes.item
