/** South, north, west, east in decimal degrees, WGS 84. */
type Box = readonly [south: number, north: number, west: number, east: number]

/**
 * Generous boxes around each region, drawn by hand from public knowledge of towns and coasts, with about 10 km of slack. They
 * overlap and hold sea: good enough to catch swapped digits and swapped axes, never to prove where a place lies.
 */
const regionBoxes: Readonly<Record<string, readonly Box[]>> = {
  // National Capital Region
  '1300000000': [[14.3, 14.85, 120.85, 121.2]],
  // Cordillera
  '1400000000': [[16.1, 18.65, 120.3, 121.75]],
  // Ilocos
  '0100000000': [[15.5, 18.8, 119.65, 121.05]],
  // Cagayan Valley and Batanes
  '0200000000': [[15.65, 21.35, 120.7, 122.65]],
  // Central Luzon with Aurora
  '0300000000': [[14.2, 16.6, 119.7, 122.4]],
  // CALABARZON with Polillo
  '0400000000': [[13.05, 15.3, 120.45, 122.9]],
  // Palawan; Kalayaan; Mindoro and Lubang; Romblon; Marinduque
  '1700000000': [
    [7.5, 12.6, 116.6, 121.7],
    [7.5, 12.0, 113.5, 116.7],
    [12.0, 14.05, 119.7, 121.75],
    [11.6, 12.95, 121.7, 122.85],
    [13.05, 13.7, 121.7, 122.3],
  ],
  // Bicol
  '0500000000': [[11.6, 14.75, 122.2, 124.55]],
  // Western Visayas: Panay, Guimaras, Semirara
  '0600000000': [[10.3, 12.2, 121.1, 123.45]],
  // Negros and Siquijor
  '1800000000': [[8.95, 11.1, 122.25, 123.8]],
  // Central Visayas: Cebu, Bohol
  '0700000000': [[9.3, 11.45, 123.1, 124.75]],
  // Eastern Visayas
  '0800000000': [[9.8, 12.8, 123.85, 125.95]],
  // Zamboanga Peninsula with Isabela City; Sulu
  '0900000000': [
    [6.45, 8.95, 121.7, 123.9],
    [5.3, 6.8, 119.6, 122.2],
  ],
  // Northern Mindanao with Camiguin
  '1000000000': [[7.3, 9.4, 123.35, 125.65]],
  // Davao, down to the Sarangani islands of Davao Occidental
  '1100000000': [[5.2, 8.15, 125.0, 126.75]],
  // SOCCSKSARGEN
  '1200000000': [[5.4, 7.8, 123.75, 125.7]],
  // Caraga with Dinagat and Siargao
  '1600000000': [[7.75, 10.65, 125.1, 126.6]],
  // Lanao del Sur, Maguindanao, Cotabato City, Special Geographic Area; Basilan; Tawi-Tawi with Mapun and Turtle Islands
  '1900000000': [
    [6.4, 8.3, 123.6, 125.15],
    [6.15, 7.0, 121.2, 122.8],
    [4.25, 7.4, 117.8, 120.85],
  ],
}

/** False when a position cannot lie in the region; true for a region without a box. */
export const isPlausiblyInRegion = (regionCode: string, latitude: number, longitude: number): boolean =>
  regionBoxes[regionCode]?.some(
    ([south, north, west, east]) => latitude >= south && latitude <= north && longitude >= west && longitude <= east,
  ) ?? true
