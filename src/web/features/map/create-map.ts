import 'maplibre-gl/dist/maplibre-gl.css'
import './map.css'
import { Map as MapLibreMap, NavigationControl, ScaleControl, setWorkerUrl } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import { type Box, baseStyle, coastBox, homeBox, type Scheme, type SeaNames } from './base-style.ts'

setWorkerUrl(workerUrl)

export interface MapWords {
  title: string
  zoomIn: string
  zoomOut: string
  twoFingers: string
  ctrlZoom: string
  cmdZoom: string
  seas: SeaNames
}

export interface MapOptions {
  container: HTMLElement
  scheme: Scheme
  words: MapWords
  box?: Box
  /** A small map inside a page lets the page scroll. */
  small?: boolean
}

/** @throws when the browser has no WebGL */
export function createMap({ container, scheme, words, box = homeBox, small = false }: MapOptions): MapLibreMap {
  const map = new MapLibreMap({
    container,
    style: baseStyle(scheme, words.seas),
    bounds: box,
    fitBoundsOptions: { padding: small ? 12 : 32, maxZoom: 13 },
    maxBounds: coastBox,
    maxZoom: 17,
    renderWorldCopies: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: false,
    cooperativeGestures: small,
    fadeDuration: 150,
    locale: {
      'Map.Title': words.title,
      'NavigationControl.ZoomIn': words.zoomIn,
      'NavigationControl.ZoomOut': words.zoomOut,
      'CooperativeGesturesHandler.MobileHelpText': words.twoFingers,
      'CooperativeGesturesHandler.WindowsHelpText': words.ctrlZoom,
      'CooperativeGesturesHandler.MacHelpText': words.cmdZoom,
    },
  })
  map.touchZoomRotate.disableRotation()
  map.keyboard.disableRotation()
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right')
  map.addControl(new ScaleControl({ unit: 'metric', maxWidth: 90 }), 'bottom-left')
  return map
}
