import type { Reading } from '../contents.rules.ts'

/** What opening content of strangers may cost. Each is a bound on memory or time, not a taste. */
export const limits = {
  /** The largest picture that phones make has 200 million pixels. */
  pixels: 220_000_000,
  /** Parts of an office document. */
  parts: 10_000,
  /** Bytes of the parts that hold text, unpacked. */
  unpackedBytes: 256 * 1_048_576,
  /** Nested tables and text frames. */
  depth: 256,
  pages: 5_000,
  /** Bytes of a text file that are looked at. */
  textBytes: 64 * 1_048_576,
  /** A PDF is read as a whole. */
  pdfBytes: 200 * 1_048_576,
  /** Milliseconds after which what was read so far is what there is. */
  readMs: 45_000,
  /** Milliseconds after which the process is killed. */
  killMs: 90_000,
  /** Bytes that the process may hold, native libraries included. */
  memoryBytes: 1_100 * 1_048_576,
  /** MB of JavaScript's part of it. */
  heapMegabytes: 768,
} as const

export interface Task {
  path: string
  reading: Reading
}

export interface ReadPicture {
  /** As it is seen: turned as its camera says. */
  width: number
  height: number
  thumbnails: { size: 'small' | 'medium' | 'large'; data: Uint8Array; width: number; height: number }[]
}

export interface ReadText {
  text: string
  /** Of a PDF. */
  pages: number | null
}

/** `refused`: damaged, protected or too large to open safely, in words for a person. */
export type Answer = { picture: ReadPicture } | { text: ReadText } | { refused: string }

/** It is no fault of ours that this cannot be read. */
export class Unreadable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'Unreadable'
  }
}
