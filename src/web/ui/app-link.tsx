import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ComponentProps } from 'react'

type NativeLink = Omit<ComponentProps<'a'>, 'href' | 'color' | 'style'> & {
  /** An address of `paths`. */
  href: string
}

const exact = { exact: true }

/** A link that the router follows; takes what `<a>` takes, so it serves as `component` of any part. */
export function RouterLink({ href, ...rest }: ComponentProps<'a'>) {
  const url = new URL(href ?? '/', 'http://here')
  const target = {
    to: url.pathname,
    search: Object.fromEntries(url.searchParams),
    hash: url.hash.slice(1) || undefined,
  } as { to: '/'; search: object }
  // Exact: a link to /account is not “the current page” on /account/security.
  return <Link {...target} activeOptions={exact} {...rest} />
}

export const AppLink = (props: NativeLink & AnchorProps) => <Anchor component={RouterLink} {...props} />
export const LinkButton = (props: NativeLink & ButtonProps) => <Button component={RouterLink} {...props} />
