import { describe, expect, test } from 'vitest'
import { faultOf, firstPart, nextPart, passes, speedOf, waitMs } from './upload-rules.ts'

const mega = 1_048_576

test.each([
  ['IMG_0042.JPG', 3 * mega, undefined],
  ['Minutes of the meeting.final.docx', 1, undefined],
  ['field.video.mp4', 900 * mega, undefined],
  ['picture.png', 51 * mega, { kind: 'large', most: 50 * mega }],
  ['page.html', 100, { kind: 'unknown' }],
  ['drawing.svg', 100, { kind: 'unknown' }],
  ['no end', 100, { kind: 'unknown' }],
  ['empty.pdf', 0, { kind: 'empty' }],
])('%s of %d bytes', (name, size, fault) => expect(faultOf({ name, size })).toEqual(fault))

test('a name without an end is judged by what the device says, and a role may have a limit of its own', () => {
  expect(faultOf({ name: '20260114 0812', size: 10, type: 'image/jpeg' })).toBeUndefined()
  expect(faultOf({ name: '20260114 0812', size: 10, type: 'text/html' })).toEqual({ kind: 'unknown' })
  expect(faultOf({ name: 'visit.mp4', size: 150 * mega }, 100 * mega)).toEqual({
    kind: 'largeForRole',
    most: 100 * mega,
  })
})

describe('the size of a part', () => {
  test('follows the line within its bounds', () => {
    expect(nextPart(firstPart, 5_000)).toBe(firstPart)
    expect(nextPart(firstPart, 100)).toBe(firstPart * 4)
    expect(nextPart(firstPart, 60_000)).toBe(firstPart / 4)
    expect(nextPart(8 * mega, 10)).toBe(8 * mega)
    expect(nextPart(65_536, 120_000)).toBe(65_536)
  })

  test('takes no longer than half of what the server allows, on any line from 2 kB/s on', () => {
    for (let speed = 2_000; speed < 50_000_000; speed *= 1.7) {
      let part = firstPart
      for (let step = 0; step < 8; step += 1) part = nextPart(part, (part / speed) * 1_000)
      expect((part / speed) * 1_000).toBeLessThan(60_000)
    }
  })
})

test('waits longer and longer, at most half a minute', () => {
  expect(waitMs(1, 1)).toBe(1_000)
  expect(waitMs(4, 1)).toBe(8_000)
  expect(waitMs(1_000, 1)).toBe(30_000)
  expect(waitMs(4, 0)).toBe(4_000)
})

test.each([
  [0, undefined, true],
  [503, 'unavailable', true],
  [423, undefined, true],
  [507, 'storage_full', false],
  [409, undefined, true],
  [409, 'quota_exceeded', false],
  [403, 'forbidden', false],
  [422, 'unsupported_file', false],
])('an answer %d %s is worth another try: %s', (status, code, again) => expect(passes(status, code)).toBe(again))

test('the speed is that of the last seconds', () => {
  expect(speedOf([], 1_000)).toBeUndefined()
  const samples = [
    { at: 0, bytes: 9_000_000 },
    { at: 30_000, bytes: 1_000 },
    { at: 32_000, bytes: 3_000 },
  ]
  expect(speedOf(samples, 34_000)).toBe(1_000)
})
