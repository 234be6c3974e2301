import { type MantineColorScheme, useMantineColorScheme } from '@mantine/core'
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Choices, Dropdown } from './dropdown.tsx'

const icons = { light: IconSun, dark: IconMoon, auto: IconDeviceDesktop }
const schemes = Object.keys(icons) as MantineColorScheme[]

export function ThemeToggle() {
  const { t } = useTranslation('shell')
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const Current = icons[colorScheme]
  return (
    <Dropdown label={t('theme.label')} icon={<Current size={20} aria-hidden />}>
      {(close) => (
        <Choices
          value={colorScheme}
          options={schemes.map((scheme) => {
            const Icon = icons[scheme]
            return { value: scheme, label: t(`theme.${scheme}`), icon: <Icon size={16} aria-hidden /> }
          })}
          onChoose={(scheme) => {
            setColorScheme(scheme as MantineColorScheme)
            close()
          }}
        />
      )}
    </Dropdown>
  )
}
