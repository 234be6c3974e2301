import { IconLanguage } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { currentLanguage, type Language, languages, switchLanguage } from '#web/lib/i18n.ts'
import { Choices, Dropdown } from './dropdown.tsx'

/** `onSwitch` lets the page keep the choice with the person's account as well. */
export function LanguageToggle({ onSwitch }: { onSwitch?: (language: Language) => void }) {
  const { t } = useTranslation('shell')
  return (
    <Dropdown label={t('language.label')} icon={<IconLanguage size={20} aria-hidden />}>
      {(close) => (
        <Choices
          value={currentLanguage()}
          options={Object.entries(languages).map(([value, label]) => ({ value, label, lang: value }))}
          onChoose={(language) => {
            close()
            onSwitch?.(language as Language)
            void switchLanguage(language as Language)
          }}
        />
      )}
    </Dropdown>
  )
}
