import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import { IconCheck, IconLanguage } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { currentLanguage, type Language, languages, switchLanguage } from '#web/lib/i18n.ts'

/** `onSwitch` lets the page keep the choice with the person's account as well. */
export function LanguageToggle({ onSwitch }: { onSwitch?: (language: Language) => void }) {
  const { t } = useTranslation('shell')
  const current = currentLanguage()
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label={t('language.label')}>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('language.label')}>
            <IconLanguage size={20} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(languages) as Language[]).map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            role="menuitemradio"
            aria-checked={language === current}
            rightSection={language === current && <IconCheck size={16} aria-hidden />}
            onClick={() => {
              onSwitch?.(language)
              void switchLanguage(language)
            }}
          >
            {languages[language]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
