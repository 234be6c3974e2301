import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { PlaceKind } from '#contract/places.options.ts'

interface Named {
  name: string
}

/** `Poblacion, Alabel, Sarangani, Region XII` reads from the near to the far. */
export const pathText = (path: readonly Named[]): string =>
  path
    .map(({ name }) => name)
    .reverse()
    .join(', ')

export const wholeName = (place: Named & { path: readonly Named[] }): string =>
  place.path.length > 0 ? `${place.name}, ${pathText(place.path)}` : place.name

export function useKindWords(): (kind: PlaceKind) => string {
  const { t } = useTranslation('registry')
  return useCallback((kind) => t(`place.kind.${kind}`), [t])
}
