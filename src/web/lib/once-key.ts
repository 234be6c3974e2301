/** The key of one create. Also where `crypto.randomUUID` is missing: a plain http address in the office's own network. */
export const newOnceKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
