import { Badge } from '@mantine/core'
import { IconCircleCheck, IconCircleX, IconHelpHexagon } from '@tabler/icons-react'
import type { CommunityStatus } from '#contract/communities.options.ts'
import { useCommunityWords } from './community-words.ts'

const looks = {
  confirmed: { color: 'green', Icon: IconCircleCheck },
  presumed: { color: 'gold', Icon: IconHelpHexagon },
  none_found: { color: 'gray', Icon: IconCircleX },
} as const

/** Colour, shape and word: none of them alone. */
export function StatusBadge({ status, size = 'md' }: { status: CommunityStatus; size?: 'sm' | 'md' | 'lg' }) {
  const words = useCommunityWords()
  const { color, Icon } = looks[status]
  return (
    <Badge
      variant="light"
      color={color}
      size={size}
      tt="none"
      fw={600}
      autoContrast
      miw="max-content"
      leftSection={<Icon size={14} aria-hidden />}
    >
      {words.status(status)}
    </Badge>
  )
}
