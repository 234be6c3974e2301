import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { MapWords } from './create-map.ts'

export function useMapWords(title: string): MapWords {
  const { t } = useTranslation('registry')
  return useMemo(
    () => ({
      title,
      zoomIn: t('map.zoomIn'),
      zoomOut: t('map.zoomOut'),
      twoFingers: t('map.twoFingers'),
      ctrlZoom: t('map.ctrlZoom'),
      cmdZoom: t('map.cmdZoom'),
      seas: {
        sulu: t('map.sea.sulu'),
        celebes: t('map.sea.celebes'),
        philippine: t('map.sea.philippine'),
        moro: t('map.sea.moro'),
      },
    }),
    [t, title],
  )
}
