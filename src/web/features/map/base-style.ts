import type { FeatureCollection, MultiLineString, MultiPolygon, Point } from 'geojson'
import type { StyleSpecification } from 'maplibre-gl'
import land from './land.json'

export type Scheme = 'light' | 'dark'

/** West, south, east, north. */
export type Box = [number, number, number, number]
/** What a map shows before there is anything to show: Mindanao, Sulu and Palawan. */
export const homeBox: Box = [117.2, 4.6, 127.2, 10.6]
/** The drawn coast ends shortly outside. */
export const coastBox: Box = [103, -6, 139, 25]

const colours = {
  light: {
    sea: '#d9e7e6',
    line: '#c7d9d8',
    land: '#f7f4ea',
    coast: '#b9c2ac',
    abroad: '#e6e8e0',
    label: '#57625a',
    seaLabel: '#537a7d',
    town: '#39443d',
    halo: '#f7f4ea',
  },
  dark: {
    sea: '#0e1a1c',
    line: '#182729',
    land: '#1f2b28',
    coast: '#3c4f48',
    abroad: '#172021',
    label: '#a3b3aa',
    seaLabel: '#6d9497',
    town: '#cdd8d1',
    halo: '#1a2422',
  },
} as const

/** Status marks: colour and shape both tell, on land and on water. */
export const statusMarks = {
  confirmed: { shape: 'circle', light: '#14653f', dark: '#4fc88a' },
  presumed: { shape: 'diamond', light: '#a66300', dark: '#f2b84b' },
  none_found: { shape: 'cross', light: '#5c6470', dark: '#aab4c0' },
} as const

function rings(steps: readonly (readonly number[])[]): MultiPolygon {
  return {
    type: 'MultiPolygon',
    coordinates: steps.map((ring) => {
      const points: [number, number][] = []
      let x = 0
      let y = 0
      for (let at = 0; at + 1 < ring.length; at += 2) {
        x += ring[at] ?? 0
        y += ring[at + 1] ?? 0
        points.push([x / 1000, y / 1000])
      }
      const first = points[0]
      return [first ? [...points, first] : points]
    }),
  }
}

function graticule(): MultiLineString {
  const [west, south, east, north] = coastBox
  const coordinates: [number, number][][] = []
  for (let x = Math.ceil(west); x <= east; x += 1)
    coordinates.push([
      [x, south],
      [x, north],
    ])
  for (let y = Math.ceil(south); y <= north; y += 1)
    coordinates.push([
      [west, y],
      [east, y],
    ])
  return { type: 'MultiLineString', coordinates }
}

type Label = readonly [name: string, longitude: number, latitude: number]

/** Rough centres, for finding one's way only. */
const regions: readonly Label[] = [
  ['REGION IX\nZamboanga Peninsula', 122.85, 8.05],
  ['REGION X\nNorthern Mindanao', 124.92, 8.12],
  ['REGION XI\nDavao Region', 125.9, 7.25],
  ['REGION XII\nSOCCSKSARGEN', 124.75, 6.3],
  ['REGION XIII\nCaraga', 126.0, 8.75],
  ['BARMM', 124.35, 7.6],
  ['PALAWAN', 118.75, 10.0],
  ['REGION VI\nWestern Visayas', 122.55, 11.1],
  ['REGION VII\nCentral Visayas', 123.75, 10.0],
  ['REGION VIII\nEastern Visayas', 125.0, 11.6],
  ['REGION V\nBicol', 123.5, 13.4],
  ['REGION IV-A\nCALABARZON', 121.4, 14.1],
  ['REGION III\nCentral Luzon', 120.8, 15.5],
  ['REGION I\nIlocos', 120.5, 16.6],
  ['REGION II\nCagayan Valley', 121.8, 17.1],
  ['CAR', 121.0, 17.3],
]
const towns: readonly Label[] = [
  ['Zamboanga City', 122.08, 6.91],
  ['Isabela', 121.97, 6.7],
  ['Lamitan', 122.13, 6.65],
  ['Jolo', 121.0, 6.05],
  ['Bongao', 119.77, 5.03],
  ['Dipolog', 123.34, 8.59],
  ['Pagadian', 123.44, 7.83],
  ['Ipil', 122.59, 7.78],
  ['Oroquieta', 123.8, 8.49],
  ['Iligan', 124.24, 8.23],
  ['Marawi', 124.29, 8.0],
  ['Cagayan de Oro', 124.65, 8.48],
  ['Malaybalay', 125.13, 8.15],
  ['Mambajao', 124.72, 9.25],
  ['Butuan', 125.54, 8.95],
  ['Surigao City', 125.5, 9.78],
  ['Tagum', 125.81, 7.45],
  ['Davao City', 125.61, 7.07],
  ['Digos', 125.36, 6.75],
  ['Malita', 125.61, 6.41],
  ['Mati', 126.22, 6.95],
  ['Kidapawan', 125.09, 7.01],
  ['Cotabato City', 124.25, 7.22],
  ['Tacurong', 124.67, 6.69],
  ['Koronadal', 124.85, 6.5],
  ['General Santos', 125.17, 6.11],
  ['Puerto Princesa', 118.74, 9.74],
  ['Cebu City', 123.89, 10.32],
  ['Iloilo City', 122.56, 10.7],
  ['Tacloban', 125.0, 11.24],
  ['Manila', 120.98, 14.6],
]

const labels = (rows: readonly Label[]): FeatureCollection<Point> => ({
  type: 'FeatureCollection',
  features: rows.map(([name, longitude, latitude], rank) => ({
    type: 'Feature',
    properties: { name, rank },
    geometry: { type: 'Point', coordinates: [longitude, latitude] },
  })),
})

export interface SeaNames {
  sulu: string
  celebes: string
  philippine: string
  moro: string
}

/** Without `glyphs` MapLibre draws letters with the reader's own fonts, so no map asks an outside server for anything. */
export const font = ['system-ui', 'sans-serif']

export function baseStyle(scheme: Scheme, seas: SeaNames): StyleSpecification {
  const colour = colours[scheme]
  const feature = (geometry: MultiPolygon | MultiLineString) =>
    ({ type: 'Feature', properties: {}, geometry }) satisfies GeoJSON.Feature
  return {
    version: 8,
    sources: {
      graticule: { type: 'geojson', data: feature(graticule()) },
      abroad: { type: 'geojson', data: feature(rings(land.neighbours)) },
      land: { type: 'geojson', data: feature(rings(land.philippines)) },
      regions: { type: 'geojson', data: labels(regions) },
      towns: { type: 'geojson', data: labels(towns) },
      seas: {
        type: 'geojson',
        data: labels([
          [seas.sulu, 120.2, 8.1],
          [seas.celebes, 122.6, 4.9],
          [seas.philippine, 127.9, 9.2],
          [seas.moro, 123.05, 6.75],
        ]),
      },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': colour.sea } },
      { id: 'graticule', type: 'line', source: 'graticule', paint: { 'line-color': colour.line, 'line-width': 1 } },
      { id: 'abroad', type: 'fill', source: 'abroad', paint: { 'fill-color': colour.abroad } },
      { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': colour.land } },
      {
        id: 'coast',
        type: 'line',
        source: 'land',
        paint: { 'line-color': colour.coast, 'line-width': ['interpolate', ['linear'], ['zoom'], 5, 0.7, 10, 1.6] },
      },
      {
        id: 'seas',
        type: 'symbol',
        source: 'seas',
        layout: {
          'text-field': ['get', 'name'],
          'text-font': font,
          'text-size': 13,
          'text-letter-spacing': 0.15,
          'text-max-width': 7,
        },
        paint: { 'text-color': colour.seaLabel },
      },
      {
        id: 'towns',
        type: 'symbol',
        source: 'towns',
        minzoom: 7,
        layout: {
          'text-field': ['get', 'name'],
          'text-font': font,
          'text-size': 12,
          'symbol-sort-key': ['get', 'rank'],
        },
        paint: { 'text-color': colour.town, 'text-halo-color': colour.halo, 'text-halo-width': 1.4 },
      },
      {
        id: 'regions',
        type: 'symbol',
        source: 'regions',
        maxzoom: 9,
        layout: {
          'text-field': ['get', 'name'],
          'text-font': font,
          'text-size': ['interpolate', ['linear'], ['zoom'], 5, 10, 8, 13],
          'text-letter-spacing': 0.06,
          'text-line-height': 1.25,
          'symbol-sort-key': ['get', 'rank'],
        },
        paint: { 'text-color': colour.label, 'text-halo-color': colour.halo, 'text-halo-width': 1.2 },
      },
    ],
  }
}
