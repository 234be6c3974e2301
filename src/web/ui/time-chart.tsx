import { Text, VisuallyHidden } from '@mantine/core'
import { type PointerEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { formatTime } from './formats.ts'
import classes from './time-chart.module.css'
import { areaPath, dotPath, hourMarks, linePath, topOf } from './time-chart.rules.ts'

export interface Series {
  label: string
  values: readonly (number | null)[]
  /** What should not happen. */
  bad?: boolean
}

interface Props {
  title: string
  /** End of the time that each value stands for. */
  times: readonly string[]
  series: readonly [Series, ...Series[]]
  format: (value: number) => string
  /** Of whole things: half of one is no mark of the scale. */
  counted?: boolean
}

/** Values over time. What the line shows is told in a sentence, and the figures themselves are in a table behind it. */
export function TimeChart({ title, times, series, format, counted = false }: Props) {
  const { t } = useTranslation('shell')
  const [pointed, setPointed] = useState<number>()
  const [isOpen, setOpen] = useState(false)
  const last = times.length - 1
  const index = pointed ?? last
  const say = (value: number | null | undefined) => (value == null ? '—' : format(value))
  const clock = times.map((time) => formatTime(time))
  const known = series.flatMap(({ values }) => values.filter((value) => value !== null))
  const top = topOf(Math.max(0, ...known), counted)

  function point(event: PointerEvent<HTMLDivElement>) {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    setPointed(Math.min(last, Math.max(0, Math.round(((event.clientX - left) / width) * last))))
  }

  const summary = series.map(({ label, values }) => {
    const most = Math.max(...values.filter((value) => value !== null))
    const when = clock[values.indexOf(most)]
    return t('chart.summary', { label, now: say(values[last]), most: say(most), when })
  })

  return (
    <figure className={classes.chart}>
      <figcaption className={classes.head}>
        <Text component="span" size="sm" fw={600}>
          {title}
        </Text>
        <span className={classes.now} aria-hidden>
          {pointed !== undefined && <span className={classes.when}>{clock[pointed]}</span>}
          {series.map(({ label, values, bad }) => (
            <span key={label} className={classes.value}>
              {series.length > 1 && (
                <span className={classes.label}>
                  <i data-bad={bad || undefined} />
                  {label}
                </span>
              )}
              {say(values[index])}
            </span>
          ))}
        </span>
      </figcaption>
      {known.length === 0 ? (
        <Text size="sm" c="dimmed" className={classes.none}>
          {t('chart.none')}
        </Text>
      ) : (
        <>
          <div className={classes.field}>
            <div className={classes.scale} aria-hidden>
              <span>{format(top)}</span>
              <span>{format(top / 2)}</span>
              <span>{format(0)}</span>
            </div>
            <div
              className={classes.plot}
              onPointerMove={point}
              onPointerDown={point}
              onPointerLeave={() => setPointed(undefined)}
            >
              <svg
                role="img"
                aria-label={`${title}. ${summary.join(' ')}`}
                viewBox={`0 0 ${Math.max(1, last)} 100`}
                preserveAspectRatio="none"
              >
                {series.map(({ label, values, bad }) => (
                  <g key={label} data-bad={bad || undefined}>
                    <path className={classes.area} d={areaPath(values, top)} />
                    <path className={classes.line} d={linePath(values, top)} />
                    <path className={classes.dots} d={dotPath(values, top)} />
                  </g>
                ))}
                {pointed !== undefined && <path className={classes.rule} d={`M${pointed} 0V100`} />}
              </svg>
              <div className={classes.times} aria-hidden>
                {hourMarks(clock).map(({ at, label }) => (
                  <span key={label} style={{ insetInlineStart: `${at * 100}%` }}>
                    {label}
                  </span>
                ))}
              </div>
            </div>
          </div>
          <details className={classes.details} onToggle={(event) => setOpen(event.currentTarget.open)}>
            <summary>
              {t('chart.figures')}
              <VisuallyHidden>: {title}</VisuallyHidden>
            </summary>
            {isOpen && <Figures title={title} times={times} series={series} say={say} />}
          </details>
        </>
      )}
    </figure>
  )
}

interface FiguresProps extends Pick<Props, 'title' | 'times' | 'series'> {
  say: (value: number | null | undefined) => string
}

function Figures({ title, times, series, say }: FiguresProps) {
  const { t } = useTranslation('shell')
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must take the focus (WCAG 2.1.1)
    <section className={classes.figures} aria-label={title} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('chart.time')}</th>
            {series.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times
            .map((time, index) => (
              <tr key={time}>
                <th scope="row">{formatTime(time)}</th>
                {series.map(({ label, values }) => (
                  <td key={label}>{say(values[index])}</td>
                ))}
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </section>
  )
}
