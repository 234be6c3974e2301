import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { RunOptions } from 'axe-core'
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { password } from './rig.ts'

/** Waits for the page of this name: its heading of the first level. */
export const arrives = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name }).waitFor()

const exactly = (name: string | RegExp) => ({ name, exact: typeof name === 'string' })
type Within = Page | Locator

export const field = (where: Within, label: string | RegExp): Locator => where.getByRole('textbox', exactly(label))
export const choice = (where: Within, label: string | RegExp): Locator => where.getByRole('combobox', exactly(label))
export const button = (where: Within, name: string | RegExp): Locator => where.getByRole('button', exactly(name))
export const link = (where: Within, name: string | RegExp): Locator => where.getByRole('link', exactly(name))
export const option = (page: Page, name: string | RegExp): Locator => page.getByRole('option', { name })
export const sees = (where: Within, words: string | RegExp): Promise<void> => where.getByText(words).first().waitFor()

/** `await eventually(() => input.inputValue()).toBe('Calabanit')` */
export const eventually = (read: () => unknown): ReturnType<typeof expect.poll> =>
  expect.poll(read, { timeout: 15_000 })

/** Presses Tab until the element has the focus, as somebody without a mouse does. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  const hasFocus = () => target.evaluate((element) => element === document.activeElement)
  for (let presses = 0; presses < 80; presses += 1) {
    if (await hasFocus()) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab never reaches ${target}`)
}

/** The words that an input names as its error. */
export const problemOf = async (input: Locator): Promise<string> => {
  const ids = (await input.getAttribute('aria-describedby'))?.split(' ') ?? []
  const texts = await Promise.all(
    ids.filter((id) => id.endsWith('-error')).map((id) => input.page().locator(`[id="${id}"]`).textContent()),
  )
  return texts.join(' ')
}

/** Fills the sign-in page and sends it. */
export async function signIn(page: Page, email: string, secret = password): Promise<void> {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel(/^Password/).fill(secret)
  await button(page, 'Sign in').click()
}

/** Waits until what was asked for is there and nothing moves any more. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading').first().waitFor()
  await eventually(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
  await page.evaluate(async () => {
    await document.fonts.ready
    const ending = document
      .getAnimations()
      .filter((one) => one.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
    await Promise.allSettled(ending.map((one) => one.finished))
  })
}

const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const axeScript = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Nothing serious or critical on the page (WCAG 2.2 AA); with `rules`, by these rules alone. */
export async function expectAccessible(page: Page, name: string, rules?: string[]): Promise<void> {
  const options: RunOptions = {
    resultTypes: ['violations'],
    runOnly: rules ? { type: 'rule', values: rules } : { type: 'tag', values: levels },
  }
  // Into each document once: reading it takes as long as using it.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeScript)
  const serious = await page.evaluate(async (how) => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') }
    const { violations } = await axe.run(how)
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join('\n  ')}`)
  }, options)
  expect(serious, name).toEqual([])
}

/** Words that a reader cannot see whole: beyond the edge of the page, or cut off by what holds them. */
export const wordsCutOff = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const cuts = (element: Element, words: DOMRect): boolean => {
      for (let holder: Element | null = element; holder; holder = holder.parentElement) {
        const { overflowX, position, display } = getComputedStyle(holder)
        if (/auto|scroll/.test(overflowX) || position === 'fixed') return false
        const edge = holder.getBoundingClientRect()
        // What is one pixel small is for readers of the page's structure only.
        if (edge.width <= 2) return false
        if (display !== 'inline' && /hidden|clip/.test(overflowX) && words.right > edge.right + 1) return true
      }
      return words.right > innerWidth + 1
    }
    return [...document.querySelectorAll('main *, dialog[open] *')].flatMap((element) => {
      const text = [...element.childNodes].filter(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
      )
      if (text.length === 0 || !element.checkVisibility() || element.closest('.maplibregl-map')) return []
      return text.flatMap((node) => {
        const range = document.createRange()
        range.selectNodeContents(node)
        return cuts(element, range.getBoundingClientRect()) ? [node.textContent ?? ''] : []
      })
    })
  })

export const phone = { width: 360, height: 740 }
const tablet = { width: 820, height: 1180 }
const desktop = { width: 1280, height: 900 }

/** Light and dark on a desktop, then a tablet and a phone: nothing serious anywhere, nothing cut off, nothing that scrolls sideways. */
export async function expectFit(page: Page): Promise<void> {
  await settled(page)
  await expectAccessible(page, 'light')
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.locator('html[data-mantine-color-scheme="dark"]').waitFor()
  await settled(page)
  // Only the colours differ.
  await expectAccessible(page, 'dark', ['color-contrast'])
  await page.setViewportSize(tablet)
  await settled(page)
  expect(await wordsCutOff(page), 'cut off at 820 px').toEqual([])
  await page.setViewportSize(phone)
  await settled(page)
  expect(await wordsCutOff(page), 'cut off at 360 px').toEqual([])
  await expectAccessible(page, '360 px')
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(width, 'scrolls sideways at 360 px').toBeLessThanOrEqual(phone.width)
  await page.setViewportSize(desktop)
  await page.emulateMedia({ colorScheme: 'light' })
}
