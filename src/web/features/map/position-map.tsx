import { type Map as MapLibreMap, Marker } from 'maplibre-gl'
import { useEffect, useRef } from 'react'
import type { Box, Scheme } from './base-style.ts'
import { createMap, type MapWords } from './create-map.ts'

export interface Position {
  latitude: number
  longitude: number
}

interface Props {
  position: Position | null
  /** Radius in metres within which the true position lies. */
  accuracyMetres?: number | null
  scheme: Scheme
  words: MapWords
  /** With it the person can choose the position by a click or by dragging the mark. */
  onPick?: (position: Position) => void
  onUnable?: () => void
}

/** Closer than this a click hits what was meant. */
const nearZoom = 8
const metresPerDegree = 111_320
/** About eleven metres at the equator. */
const round = (degrees: number): number => Math.round(degrees * 1e5) / 1e5

function circle({ latitude, longitude }: Position, metres: number): GeoJSON.Feature {
  const points = Array.from({ length: 65 }, (_, step) => {
    const angle = (step / 64) * 2 * Math.PI
    return [
      longitude + (Math.cos(angle) * metres) / (metresPerDegree * Math.cos((latitude * Math.PI) / 180)),
      latitude + (Math.sin(angle) * metres) / metresPerDegree,
    ]
  })
  return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [points] } }
}

const around = ({ latitude, longitude }: Position, degrees: number): Box => [
  longitude - degrees,
  latitude - degrees,
  longitude + degrees,
  latitude + degrees,
]

/** One position on a small map, to look at or to choose. */
export function PositionMap({ position, accuracyMetres, scheme, words, onPick, onUnable }: Props) {
  const container = useRef<HTMLDivElement>(null)
  const map = useRef<MapLibreMap>(undefined)
  const marker = useRef<Marker>(undefined)
  const latest = useRef({ position, onPick, onUnable })
  latest.current = { position, onPick, onUnable }
  const colour = scheme === 'dark' ? '#4fc88a' : '#14653f'
  const picks = onPick !== undefined

  useEffect(() => {
    if (!container.current) return
    let made: MapLibreMap
    try {
      const at = latest.current.position
      made = createMap({
        container: container.current,
        scheme,
        words,
        small: true,
        ...(at && { box: around(at, picks ? 0.15 : 0.4) }),
      })
    } catch {
      latest.current.onUnable?.()
      return
    }
    map.current = made
    marker.current = new Marker({ color: colour, draggable: picks })
    marker.current.on('dragend', () => {
      const { lng, lat } = marker.current?.getLngLat() ?? { lng: 0, lat: 0 }
      latest.current.onPick?.({ latitude: round(lat), longitude: round(lng) })
    })
    if (picks) {
      made.getCanvas().style.cursor = 'crosshair'
      made.on('click', ({ lngLat }) => {
        latest.current.onPick?.({ latitude: round(lngLat.lat), longitude: round(lngLat.lng) })
      })
    }
    made.once('style.load', () => {
      made.addSource('accuracy', { type: 'geojson', data: { type: 'FeatureCollection', features: [] } })
      made.addLayer({
        id: 'accuracy',
        type: 'fill',
        source: 'accuracy',
        paint: { 'fill-color': colour, 'fill-opacity': 0.18 },
      })
    })
    return () => {
      map.current = undefined
      marker.current?.remove()
      marker.current = undefined
      made.remove()
    }
  }, [scheme, words, colour, picks])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new map (scheme, words) needs its mark again
  useEffect(() => {
    const here = map.current
    if (!here || !marker.current) return
    if (!position) {
      marker.current.remove()
      return
    }
    const at: [number, number] = [position.longitude, position.latitude]
    marker.current.setLngLat(at).addTo(here)
    if (here.getZoom() < nearZoom || !here.getBounds().contains(at))
      here.easeTo({ center: at, zoom: Math.max(here.getZoom(), nearZoom + 1) })
    const draw = () => {
      const source = here.getSource('accuracy')
      if (source && 'setData' in source)
        (source as { setData(data: GeoJSON.GeoJSON): void }).setData(
          accuracyMetres ? circle(position, accuracyMetres) : { type: 'FeatureCollection', features: [] },
        )
    }
    draw()
    here.once('style.load', draw)
  }, [position?.latitude, position?.longitude, accuracyMetres, scheme, words, picks])

  return <div ref={container} style={{ position: 'absolute', inset: 0 }} />
}
