import { LanguageToggle } from '#web/ui/language-toggle.tsx'

export function LanguageSwitch() {
  return <LanguageToggle />
}
