import { expect, test } from 'vitest'
import { usualType } from './files.rules.ts'

test.each([
  ['image/jpeg', 'photo'],
  ['audio/mpeg', 'recording'],
  ['video/mp4', 'recording'],
  ['application/vnd.openxmlformats-officedocument.presentationml.presentation', 'presentation'],
  ['application/vnd.oasis.opendocument.presentation', 'presentation'],
  ['text/csv', 'list'],
  ['application/geo+json', 'map'],
  ['application/pdf', 'other'],
  ['application/octet-stream', 'other'],
])('%s is usually a %s', (mediaType, type) => expect(usualType(mediaType)).toBe(type))
