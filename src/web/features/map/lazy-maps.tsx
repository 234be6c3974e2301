import { Center, Skeleton, Text, useComputedColorScheme } from '@mantine/core'
import { type ComponentProps, lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { PointsMap as PointsMapType } from './points-map.tsx'
import type { PositionMap as PositionMapType } from './position-map.tsx'
import { useMapWords } from './use-map-words.ts'

// MapLibre weighs more than all the rest of the page; only pages with a map load it.
const PointsMap = lazy(() => import('./points-map.tsx').then((file) => ({ default: file.PointsMap })))
const PositionMap = lazy(() => import('./position-map.tsx').then((file) => ({ default: file.PositionMap })))

const Waiting = () => <Skeleton pos="absolute" inset={0} h="auto" radius={0} />

function useFrame(title: string) {
  const [unable, setUnable] = useState(false)
  return {
    unable,
    frame: { scheme: useComputedColorScheme('light'), words: useMapWords(title), onUnable: () => setUnable(true) },
  }
}

function Unable() {
  const { t } = useTranslation('registry')
  return (
    <Center pos="absolute" inset={0} p="md">
      <Text c="dimmed" ta="center">
        {t('map.unable')}
      </Text>
    </Center>
  )
}

type Given<P> = Omit<P, 'scheme' | 'words' | 'onUnable'> & { title: string }

/** Fills its nearest positioned ancestor. */
export function LazyPointsMap({ title, ...given }: Given<ComponentProps<typeof PointsMapType>>) {
  const { unable, frame } = useFrame(title)
  if (unable) return <Unable />
  return (
    <Suspense fallback={<Waiting />}>
      <PointsMap {...given} {...frame} />
    </Suspense>
  )
}

/** Fills its nearest positioned ancestor. */
export function LazyPositionMap({ title, ...given }: Given<ComponentProps<typeof PositionMapType>>) {
  const { unable, frame } = useFrame(title)
  if (unable) return <Unable />
  return (
    <Suspense fallback={<Waiting />}>
      <PositionMap {...given} {...frame} />
    </Suspense>
  )
}
