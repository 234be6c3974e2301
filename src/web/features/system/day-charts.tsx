import { useTranslation } from 'react-i18next'
import type { SamplePoint } from '#contract/system.ts'
import { formatMeasure, formatNumber } from '#web/ui/formats.ts'
import { TimeChart } from '#web/ui/time-chart.tsx'
import classes from './day-charts.module.css'

type Figure = Exclude<keyof SamplePoint, 'at'>

/** What the system did in the last day, as it measured itself. */
export function DayCharts({ points }: { points: readonly SamplePoint[] }) {
  const { t } = useTranslation('status')
  const times = points.map(({ at }) => at)
  const of = (key: Figure, bad?: boolean) => ({
    label: t(`figure.${key}`),
    values: points.map((point) => point[key]),
    bad,
  })
  const ms = (value: number) => t('unit.ms', { value: formatMeasure(value) })
  return (
    <div className={classes.charts}>
      <TimeChart
        title={t('chart.requests')}
        times={times}
        series={[of('requestsPerSecond')]}
        format={(value) => t('unit.perSecond', { value: formatMeasure(value) })}
      />
      <TimeChart title={t('chart.errors')} times={times} series={[of('errors', true)]} format={formatNumber} counted />
      <TimeChart title={t('chart.p95')} times={times} series={[of('p95Ms')]} format={ms} />
      <TimeChart
        title={t('chart.memory')}
        times={times}
        series={[of('memoryMb')]}
        format={(value) => t('unit.mb', { value: formatNumber(value) })}
      />
      <TimeChart title={t('chart.loop')} times={times} series={[of('loopMs')]} format={ms} />
      <TimeChart
        title={t('chart.jobs')}
        times={times}
        series={[of('jobsDone'), of('jobsFailed', true)]}
        format={formatNumber}
        counted
      />
    </div>
  )
}
