import { Alert } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import type { ReactNode } from 'react'

export const SuccessNote = ({ children }: { children: ReactNode }) => (
  <Alert color="green" icon={<IconCircleCheck aria-hidden />} role="status">
    {children}
  </Alert>
)
