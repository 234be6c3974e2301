import type { EthnolinguisticGroup } from '#contract/communities.options.ts'

/** Groups of an area and how often the set names them. */
export const areas = {
  zamboanga: { tausug: 5, sama: 3, yakan: 2, badjao: 2, kolibugan: 1 },
  basilan: { yakan: 5, tausug: 3, sama: 2 },
  peninsula: { kolibugan: 4, sama: 2, tausug: 2, maguindanaon: 2, iranun: 1, meranaw: 1 },
  sulu: { tausug: 8, sama: 2, badjao: 1 },
  lanao: { meranaw: 8, iranun: 1 },
  bukidnon: { meranaw: 6, maguindanaon: 2 },
  davao: { kagan_kalagan: 3, maguindanaon: 3, tausug: 2, meranaw: 2, iranun: 1, sama: 1 },
  gulf: { kagan_kalagan: 6, maguindanaon: 1 },
  sangil: { sangil: 6, tausug: 1 },
  sarangani: { maguindanaon: 4, sangil: 2, tausug: 1 },
  cotabato: { maguindanaon: 8, iranun: 1, meranaw: 1 },
} as const satisfies Record<string, Partial<Record<EthnolinguisticGroup, number>>>
export type Area = keyof typeof areas

/** City or municipality, its centre in degrees (public knowledge, good to one or two kilometres), its share, its groups. */
export const towns: readonly (readonly [
  code: string,
  latitude: number,
  longitude: number,
  weight: number,
  area: Area,
])[] = [
  ['0931700000', 6.92, 122.08, 14, 'zamboanga'], // City of Zamboanga
  ['0990101000', 6.7, 121.97, 6, 'basilan'], // City of Isabela
  ['0907322000', 7.83, 123.44, 5, 'peninsula'], // City of Pagadian, Zamboanga del Sur
  ['0907312000', 7.87, 123.52, 3, 'peninsula'], // Labangan, Zamboanga del Sur
  ['0907306000', 7.61, 123.34, 3, 'peninsula'], // Dinas, Zamboanga del Sur
  ['0907305000', 7.53, 123.37, 3, 'peninsula'], // Dimataling, Zamboanga del Sur
  ['0907311000', 7.75, 123.14, 3, 'peninsula'], // Kumalarang, Zamboanga del Sur
  ['0907330000', 7.85, 123.57, 2, 'peninsula'], // Tukuran, Zamboanga del Sur
  ['0908305000', 7.78, 122.59, 3, 'peninsula'], // Ipil, Zamboanga Sibugay
  ['0908309000', 7.79, 122.69, 3, 'peninsula'], // Naga, Zamboanga Sibugay
  ['0908316000', 7.6, 122.42, 3, 'peninsula'], // Tungawan, Zamboanga Sibugay
  ['0908313000', 7.71, 122.86, 2, 'peninsula'], // Siay, Zamboanga Sibugay
  ['0908301000', 7.51, 122.94, 2, 'peninsula'], // Alicia, Zamboanga Sibugay
  ['0908310000', 7.31, 122.85, 2, 'peninsula'], // Olutanga, Zamboanga Sibugay
  ['0907220000', 7.59, 122.14, 3, 'peninsula'], // Sirawai, Zamboanga del Norte
  ['0907216000', 7.29, 122.07, 3, 'peninsula'], // Sibuco, Zamboanga del Norte
  ['0907219000', 7.7, 122.14, 3, 'peninsula'], // Siocon, Zamboanga del Norte
  ['1906602000', 6.05, 121.0, 4, 'sulu'], // Jolo, Sulu
  ['1906611000', 6.07, 121.1, 2, 'sulu'], // Patikul, Sulu
  ['1906612000', 5.55, 120.81, 2, 'sulu'], // Siasi, Sulu
  ['1030900000', 8.23, 124.25, 8, 'lanao'], // City of Iligan
  ['1030500000', 8.45, 124.63, 4, 'lanao'], // City of Cagayan de Oro
  ['1003505000', 7.9, 123.77, 3, 'lanao'], // Kapatagan, Lanao del Norte
  ['1003509000', 7.97, 123.75, 2, 'lanao'], // Lala, Lanao del Norte
  ['1003506000', 7.8, 123.73, 4, 'lanao'], // Sultan Naga Dimaporo, Lanao del Norte
  ['1003508000', 8.11, 123.9, 2, 'lanao'], // Kolambugan, Lanao del Norte
  ['1003502000', 8.12, 124.22, 5, 'lanao'], // Baloi, Lanao del Norte
  ['1003523000', 8.07, 124.26, 5, 'lanao'], // Pantar, Lanao del Norte
  ['1003516000', 8.05, 124.15, 4, 'lanao'], // Pantao Ragat, Lanao del Norte
  ['1003512000', 8.16, 123.96, 2, 'lanao'], // Maigo, Lanao del Norte
  ['1003522000', 8.05, 123.79, 2, 'lanao'], // Tubod, Lanao del Norte
  ['1004210000', 8.15, 123.84, 2, 'lanao'], // City of Ozamiz, Misamis Occidental
  ['1001321000', 7.91, 125.09, 2, 'bukidnon'], // City of Valencia, Bukidnon
  ['1001307000', 7.75, 124.75, 2, 'bukidnon'], // Kalilangan, Bukidnon
  ['1001320000', 8.23, 124.6, 2, 'bukidnon'], // Talakag, Bukidnon
  ['1130700000', 7.07, 125.61, 9, 'davao'], // City of Davao
  ['1102319000', 7.45, 125.81, 3, 'gulf'], // City of Tagum, Davao del Norte
  ['1102315000', 7.31, 125.68, 2, 'gulf'], // City of Panabo, Davao del Norte
  ['1102317000', 7.07, 125.71, 2, 'gulf'], // Island Garden City of Samal, Davao del Norte
  ['1108211000', 7.13, 125.9, 3, 'gulf'], // Pantukan, Davao de Oro
  ['1108204000', 7.36, 125.86, 2, 'gulf'], // Maco, Davao de Oro
  ['1102509000', 6.95, 126.22, 4, 'gulf'], // City of Mati, Davao Oriental
  ['1102507000', 6.9, 126.01, 3, 'gulf'], // Lupon, Davao Oriental
  ['1102502000', 6.97, 126.01, 2, 'gulf'], // Banaybanay, Davao Oriental
  ['1102506000', 6.66, 126.07, 2, 'gulf'], // Governor Generoso, Davao Oriental
  ['1102403000', 6.75, 125.36, 2, 'gulf'], // City of Digos, Davao del Sur
  ['1102412000', 6.84, 125.41, 2, 'gulf'], // Santa Cruz, Davao del Sur
  ['1108603000', 6.41, 125.61, 2, 'sangil'], // Malita, Davao Occidental
  ['1108602000', 5.91, 125.63, 2, 'sangil'], // Jose Abad Santos, Davao Occidental
  ['1108605000', 5.41, 125.42, 2, 'sangil'], // Sarangani, Davao Occidental
  ['1230800000', 6.12, 125.17, 7, 'sarangani'], // City of General Santos
  ['1208001000', 6.1, 125.29, 3, 'sarangani'], // Alabel, Sarangani
  ['1208002000', 5.82, 125.2, 3, 'sarangani'], // Glan, Sarangani
  ['1208006000', 5.97, 125.29, 4, 'sarangani'], // Malapatan, Sarangani
  ['1208004000', 5.86, 125.0, 3, 'sarangani'], // Maasim, Sarangani
  ['1208003000', 5.99, 124.62, 3, 'sarangani'], // Kiamba, Sarangani
  ['1208005000', 6.04, 124.49, 3, 'sarangani'], // Maitum, Sarangani
  ['1206306000', 6.5, 124.85, 2, 'cotabato'], // City of Koronadal, South Cotabato
  ['1206312000', 6.22, 125.07, 2, 'cotabato'], // Polomolok, South Cotabato
  ['1206511000', 6.69, 124.68, 2, 'cotabato'], // City of Tacurong, Sultan Kudarat
  ['1206504000', 6.63, 124.61, 2, 'cotabato'], // Isulan, Sultan Kudarat
  ['1206508000', 6.8, 124.63, 4, 'cotabato'], // Lambayong, Sultan Kudarat
  ['1206509000', 6.21, 124.2, 5, 'cotabato'], // Palimbang, Sultan Kudarat
  ['1206505000', 6.56, 124.05, 2, 'cotabato'], // Kalamansig, Sultan Kudarat
  ['1206502000', 6.7, 124.93, 3, 'cotabato'], // Columbio, Sultan Kudarat
  ['1204704000', 7.01, 125.09, 2, 'cotabato'], // City of Kidapawan, Cotabato
  ['1204709000', 7.19, 124.53, 3, 'cotabato'], // Midsayap, Cotabato
  ['1204712000', 7.05, 124.67, 5, 'cotabato'], // Pikit, Cotabato
  ['1204703000', 7.11, 124.83, 4, 'cotabato'], // Kabacan, Cotabato
  ['1204702000', 7.21, 124.79, 3, 'cotabato'], // Carmen, Cotabato
  ['1204711000', 7.28, 124.42, 2, 'cotabato'], // Pigkawayan, Cotabato
  ['1204710000', 6.95, 124.88, 2, 'cotabato'], // M'Lang, Cotabato
]
