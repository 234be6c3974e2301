// Spreadsheet programs run text that starts with one of these as a formula, some after trimming blanks and folding
// full-width and small forms. The apostrophes are part of the pattern so that the pair below is exact both ways.
const dangerous = /^'*[\s\p{C}]*[=+\-@\t\r\n\u2212\uFE62\uFE63\uFE66\uFE6B\uFF0B\uFF0D\uFF1D\uFF20]/u

/** Puts an apostrophe before text that a spreadsheet program could take for a formula. `restore` takes it off again. */
export const neutralise = (text: string): string => (dangerous.test(text) ? `'${text}` : text)

/** The text as it was before `neutralise`: `restore(neutralise(text)) === text` for every text. */
export const restore = (text: string): string =>
  text.charCodeAt(0) === 39 && dangerous.test(text.slice(1)) ? text.slice(1) : text
