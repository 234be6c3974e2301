import { Alert, Anchor, Center, Group, Loader, Stack, Text } from '@mantine/core'
import { IconExternalLink, IconEyeOff, IconPhotoOff, IconShieldSearch, IconShieldX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorState } from '#web/ui/state-views.tsx'
import classes from './file-preview.module.css'
import { kindOf } from './file-words.ts'
import { contentAddress, type FileView, textBeginning, thumbnailAddress } from './files.queries.ts'
import { KindIcon } from './thumbnail.tsx'

/** The newest version, as far as a browser can show it, or why it does not. */
export function FilePreview({ file }: { file: FileView }) {
  const { t } = useTranslation('files')
  if (file.scan === 'infected')
    return (
      <Alert color="red" icon={<IconShieldX aria-hidden />} title={t('preview.infectedTitle')}>
        {t('preview.infected')}
      </Alert>
    )
  if (file.scan === 'unscanned')
    return (
      <Alert color="gold" icon={<IconShieldSearch aria-hidden />} title={t('preview.unscannedTitle')} role="status">
        {t('preview.unscanned')}
      </Alert>
    )
  const kind = kindOf(file.mediaType)
  const content = contentAddress(file.id, { version: file.versionNumber })
  // Of a picture the content is the same large one, and looking at it is written down.
  const large = kind === 'picture' ? content : thumbnailAddress(file.id, 'large', file.versionNumber)
  return (
    <Shown
      kind={kind}
      mediaType={file.mediaType}
      name={file.name}
      content={content}
      picture={file.thumbnails === 'ready' ? large : undefined}
      thumbnails={file.thumbnails}
      size={file.width && file.height ? { width: file.width, height: file.height } : undefined}
    />
  )
}

interface ShownProps {
  kind: ReturnType<typeof kindOf>
  mediaType: string
  name: string
  content: string
  /** Address of the large picture of it. */
  picture: string | undefined
  thumbnails: FileView['thumbnails']
  size?: { width: number; height: number } | undefined
}

/** Also for somebody who only has a link. */
export function Shown({ kind, mediaType, name, content, picture, thumbnails, size }: ShownProps) {
  const { t } = useTranslation('files')
  if (kind === 'audio')
    // biome-ignore lint/a11y/useMediaCaption: what people record in the field has no captions
    return <audio controls preload="metadata" src={content} className={classes.sound} aria-label={name} />
  if (kind === 'video')
    return (
      // biome-ignore lint/a11y/useMediaCaption: what people record in the field has no captions
      <video
        controls
        preload="metadata"
        src={content}
        className={classes.film}
        aria-label={name}
        poster={picture}
        playsInline
      />
    )
  if (kind === 'text') return <TextBeginning address={content} name={name} />
  if (kind === 'pdf' && navigator.pdfViewerEnabled)
    return <iframe src={content} title={t('preview.of', { name })} className={classes.pages} />
  if (picture)
    return (
      <figure className={classes.figure}>
        <img src={picture} alt={t('preview.of', { name })} className={classes.picture} {...size} />
        {kind === 'pdf' && (
          <Anchor href={content} target="_blank" rel="noreferrer" size="sm">
            <Group gap={6} component="span">
              <IconExternalLink size={16} aria-hidden />
              {t('preview.openPdf')}
            </Group>
          </Anchor>
        )}
      </figure>
    )
  if (kind === 'pdf')
    return (
      <Nothing icon={<KindIcon file={{ mediaType, scan: 'clean' }} size={44} />}>
        <Anchor href={content} target="_blank" rel="noreferrer">
          {t('preview.openPdf')}
        </Anchor>
      </Nothing>
    )
  if (thumbnails === 'waiting')
    return (
      <Nothing icon={<Loader aria-hidden />}>
        <span role="status">{t('preview.waiting')}</span>
      </Nothing>
    )
  if (thumbnails === 'failed')
    return <Nothing icon={<IconPhotoOff size={44} stroke={1.4} />}>{t('preview.failed')}</Nothing>
  return <Nothing icon={<KindIcon file={{ mediaType, scan: 'clean' }} size={44} />}>{t('preview.none')}</Nothing>
}

function Nothing({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <Center py={40} px="md" className={classes.nothing}>
      <Stack align="center" gap="sm" ta="center" c="dimmed" maw="26rem">
        <span aria-hidden>{icon}</span>
        <div>{children}</div>
      </Stack>
    </Center>
  )
}

function TextBeginning({ address, name }: { address: string; name: string }) {
  const { t } = useTranslation('files')
  const query = useQuery(textBeginning(address))
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data)
    return (
      <Center py={40}>
        <Loader aria-label={t('preview.loading')} />
      </Center>
    )
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must take the focus (WCAG 2.1.1) */}
      <section className={classes.text} aria-label={t('preview.of', { name })} tabIndex={0}>
        <pre>{query.data.text}</pre>
      </section>
      {query.data.more && (
        <Group gap={6} mt={8} c="dimmed">
          <IconEyeOff size={16} aria-hidden />
          <Text size="sm">{t('preview.beginning')}</Text>
        </Group>
      )}
    </>
  )
}
