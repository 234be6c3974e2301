import { Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { usePageTitle } from '#web/ui/page-header.tsx'

interface Props {
  title: string
  sub?: ReactNode
  /** Room for a longer form. */
  wide?: boolean
  children: ReactNode
}

/** Heading and content of a page for people who are not signed in. */
export function OpenPage({ title, sub, wide, children }: Props) {
  const heading = usePageTitle(title)
  return (
    <Stack data-wide={wide || undefined}>
      <div>
        <Title order={1} ref={heading} tabIndex={-1}>
          {title}
        </Title>
        {sub && (
          <Text c="dimmed" mt={4} component="div">
            {sub}
          </Text>
        )}
      </div>
      {children}
    </Stack>
  )
}
