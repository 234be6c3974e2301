import type { CommunityStatus } from '#contract/communities.options.ts'
import { type Scheme, statusMarks } from './base-style.ts'

const ground = { light: '#ffffff', dark: '#10181a' } as const

/** The mark of a status, drawn alike on the map and in its legend. */
export function markSvg(status: CommunityStatus, scheme: Scheme, size = 22): string {
  const { shape, [scheme]: colour } = statusMarks[status]
  const edge = ground[scheme]
  const drawn = {
    circle: `<circle cx="11" cy="11" r="7.5" fill="${colour}" stroke="${edge}" stroke-width="2"/>`,
    diamond: `<path d="M11 1.8 20.2 11 11 20.2 1.8 11Z" fill="${colour}" stroke="${edge}" stroke-width="2"/>`,
    cross: `<rect x="3.5" y="3.5" width="15" height="15" rx="3" fill="${colour}" stroke="${edge}" stroke-width="2"/><path d="m8 8 6 6m0-6-6 6" stroke="${edge}" stroke-width="2.2" stroke-linecap="round"/>`,
  }[shape]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 22 22">${drawn}</svg>`
}

export const markAddress = (status: CommunityStatus, scheme: Scheme): string =>
  `data:image/svg+xml,${encodeURIComponent(markSvg(status, scheme, 44))}`

export const StatusMark = ({ status, scheme }: { status: CommunityStatus; scheme: Scheme }) => (
  <img src={markAddress(status, scheme)} width={18} height={18} alt="" />
)
