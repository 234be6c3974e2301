import { PasswordInput } from '@mantine/core'
import type { ComponentProps } from 'react'
import { useTranslation } from 'react-i18next'
import { passwordMin } from '#contract/accounts.options.ts'

type Props = Omit<ComponentProps<typeof PasswordInput>, 'label'> & { label?: string }

/** A password that a person chooses: says how many characters are missing while typing. */
export function NewPasswordField({ label, value, ...rest }: Props) {
  const { t } = useTranslation('account')
  const missing = passwordMin - String(value ?? '').length
  return (
    <PasswordInput
      label={label ?? t('password.new')}
      description={
        value && missing > 0 ? t('password.missing', { count: missing }) : t('password.hint', { count: passwordMin })
      }
      autoComplete="new-password"
      required
      visibilityToggleButtonProps={{ 'aria-label': t('field.showPassword') }}
      value={value}
      {...rest}
    />
  )
}

export const tooShort = (value: string): boolean => value.length < passwordMin
