import type { FeatureCollection, Point } from 'geojson'
import type { GeoJSONSource, Map as MapLibreMap, MapMouseEvent } from 'maplibre-gl'
import { useEffect, useRef } from 'react'
import type { CommunityStatus } from '#contract/communities.options.ts'
import { type Box, font, homeBox, type Scheme } from './base-style.ts'
import { createMap, type MapWords } from './create-map.ts'
import { markAddress } from './status-mark.tsx'

export interface MapPoint {
  id: string
  name: string
  status: CommunityStatus
  longitude: number
  latitude: number
}

interface Props {
  points: readonly MapPoint[]
  statuses: readonly CommunityStatus[]
  scheme: Scheme
  words: MapWords
  selected: readonly string[]
  /** Communities under the finger; none when the person touched the sea. */
  onSelect: (ids: string[]) => void
  /** The browser cannot draw maps. */
  onUnable: () => void
}

/** More communities on one spot than a card can name. */
const mostOnOneSpot = 50
const clusterColours = {
  light: { fill: '#175a3f', text: '#ffffff' },
  dark: { fill: '#6cad8b', text: '#0c1512' },
} as const

const collection = (points: readonly MapPoint[]): FeatureCollection<Point> => ({
  type: 'FeatureCollection',
  features: points.map(({ id, status, longitude, latitude }) => ({
    type: 'Feature',
    properties: { id, status },
    geometry: { type: 'Point', coordinates: [longitude, latitude] },
  })),
})

function boxOf(points: readonly MapPoint[]): Box {
  if (points.length === 0) return homeBox
  const box: Box = [180, 90, -180, -90]
  for (const { longitude, latitude } of points) {
    box[0] = Math.min(box[0], longitude)
    box[1] = Math.min(box[1], latitude)
    box[2] = Math.max(box[2], longitude)
    box[3] = Math.max(box[3], latitude)
  }
  return box
}

async function addMarks(map: MapLibreMap, statuses: readonly CommunityStatus[], scheme: Scheme): Promise<void> {
  await Promise.all(
    statuses.map(async (status) => {
      const image = new Image(44, 44)
      image.src = markAddress(status, scheme)
      await image.decode()
      if (!map.hasImage(status)) map.addImage(status, image, { pixelRatio: 2 })
    }),
  )
}

function addLayers(map: MapLibreMap, points: readonly MapPoint[], scheme: Scheme): void {
  const cluster = clusterColours[scheme]
  map.addSource('points', {
    type: 'geojson',
    data: collection(points),
    cluster: true,
    clusterRadius: 46,
    clusterMaxZoom: 13,
  })
  map.addLayer({
    id: 'clusters',
    type: 'circle',
    source: 'points',
    filter: ['has', 'point_count'],
    paint: {
      'circle-color': cluster.fill,
      'circle-radius': ['interpolate', ['linear'], ['log10', ['get', 'point_count']], 0, 13, 2, 20, 4, 32],
      'circle-stroke-width': 5,
      'circle-stroke-color': cluster.fill,
      'circle-stroke-opacity': 0.25,
    },
  })
  map.addLayer({
    id: 'cluster-counts',
    type: 'symbol',
    source: 'points',
    filter: ['has', 'point_count'],
    layout: {
      'text-field': ['get', 'point_count_abbreviated'],
      'text-font': font,
      'text-size': 13,
      'text-allow-overlap': true,
    },
    paint: { 'text-color': cluster.text },
  })
  map.addLayer({
    id: 'selected',
    type: 'circle',
    source: 'points',
    filter: ['in', ['get', 'id'], ['literal', []]],
    paint: {
      'circle-radius': 16,
      'circle-color': cluster.fill,
      'circle-opacity': 0.25,
      'circle-stroke-width': 2,
      'circle-stroke-color': cluster.fill,
    },
  })
  map.addLayer({
    id: 'points',
    type: 'symbol',
    source: 'points',
    filter: ['!', ['has', 'point_count']],
    layout: { 'icon-image': ['get', 'status'], 'icon-allow-overlap': true },
  })
}

export function PointsMap({ points, statuses, scheme, words, selected, onSelect, onUnable }: Props) {
  const container = useRef<HTMLDivElement>(null)
  const map = useRef<MapLibreMap>(undefined)
  const view = useRef<{ center: [number, number]; zoom: number }>(undefined)
  const latest = useRef({ points, onSelect, onUnable })
  latest.current = { points, onSelect, onUnable }

  useEffect(() => {
    if (!container.current) return
    let gone = false
    let made: MapLibreMap
    try {
      made = createMap({ container: container.current, scheme, words, box: boxOf(latest.current.points) })
    } catch {
      latest.current.onUnable()
      return
    }
    if (view.current) made.jumpTo(view.current)
    made.on('moveend', () => {
      const { lng, lat } = made.getCenter()
      view.current = { center: [lng, lat], zoom: made.getZoom() }
    })
    made.once('style.load', async () => {
      await addMarks(made, statuses, scheme)
      if (gone) return
      addLayers(made, latest.current.points, scheme)
      map.current = made
    })
    made.on('click', async (event: MapMouseEvent) => {
      if (!made.getLayer('points')) return
      const found = made.queryRenderedFeatures(event.point, { layers: ['clusters', 'points'] })
      const cluster = found.find((feature) => feature.properties.cluster_id !== undefined)
      if (!cluster) {
        latest.current.onSelect([...new Set(found.map((feature) => String(feature.properties.id)))])
        return
      }
      const source = made.getSource('points') as GeoJSONSource
      const id = cluster.properties.cluster_id as number
      const zoom = await source.getClusterExpansionZoom(id)
      if (made.getZoom() >= 12.9 && zoom > 13) {
        const leaves = await source.getClusterLeaves(id, mostOnOneSpot, 0)
        latest.current.onSelect(leaves.map((leaf) => String(leaf.properties?.id)))
        return
      }
      made.easeTo({ center: (cluster.geometry as Point).coordinates as [number, number], zoom: zoom + 0.3 })
    })
    for (const layer of ['clusters', 'points']) {
      made.on('mouseenter', layer, () => {
        made.getCanvas().style.cursor = 'pointer'
      })
      made.on('mouseleave', layer, () => {
        made.getCanvas().style.cursor = ''
      })
    }
    return () => {
      gone = true
      map.current = undefined
      made.remove()
    }
  }, [scheme, words, statuses])

  useEffect(() => {
    const source = map.current?.getSource('points') as GeoJSONSource | undefined
    if (!source || !map.current) return
    source.setData(collection(points))
    map.current.fitBounds(boxOf(points), { padding: 48, maxZoom: 13 })
  }, [points])

  useEffect(() => {
    if (map.current?.getLayer('selected'))
      map.current.setFilter('selected', ['in', ['get', 'id'], ['literal', [...selected]]])
  }, [selected])

  return <div ref={container} style={{ position: 'absolute', inset: 0 }} />
}
