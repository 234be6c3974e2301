const longest = 200

/**
 * The name of a file as it was given, in one spelling (NFC), without folders, control characters or half a letter; a long one keeps
 * its end, which says what the file is. On disk a file never goes by it.
 */
export function keptFileName(sent: string): string {
  const name = sent
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029/\\]/g, '')
    .trim()
  if (/^\.*$/.test(name)) return 'file'
  if (name.length <= longest) return name
  const end = /\.\w{1,8}$/.exec(name)?.[0] ?? ''
  return name
    .slice(0, longest - end.length)
    .toWellFormed()
    .replace(/\ufffd$/, '')
    .concat(end)
}
