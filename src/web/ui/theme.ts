import { type CSSVariablesResolver, createTheme, DEFAULT_THEME, type MantineColorsTuple } from '@mantine/core'

const green: MantineColorsTuple = [
  '#eef6f1',
  '#dcebe2',
  '#b9d8c6',
  '#92c3a8',
  '#6cad8b',
  '#489672',
  '#2a7c59',
  '#1d6a4a',
  '#175a3f',
  '#0e4530',
]
const gold: MantineColorsTuple = [
  '#fdf8ea',
  '#f8edcb',
  '#f0da95',
  '#e7c65d',
  '#dfb333',
  '#cf9d1b',
  '#a97c10',
  '#87640e',
  '#6c500e',
  '#503b0b',
]
const gray: MantineColorsTuple = [
  '#faf9f6',
  '#f4f2ed',
  '#e9e6de',
  '#dcd8ce',
  '#958e80',
  '#a59f92',
  '#716b60',
  '#5a554b',
  '#403c35',
  '#282520',
]
const dark: MantineColorsTuple = [
  '#e8e6e1',
  '#cfccc5',
  '#b5b1a8',
  '#928e84',
  '#736f67',
  '#43413c',
  '#32312d',
  '#232220',
  '#1b1a18',
  '#121110',
]

const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif'

/** For words that say what went wrong; `error` is no colour that `c` knows. */
export const errorColour = 'var(--mantine-color-error)'

export const theme = createTheme({
  colors: { green, gold, gray, dark },
  primaryColor: 'green',
  primaryShade: { light: 7, dark: 6 },
  fontFamily,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", Menlo, monospace',
  headings: {
    fontFamily,
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.75rem', lineHeight: '1.25' },
      h2: { fontSize: '1.25rem', lineHeight: '1.35' },
      h3: { fontSize: '1.0625rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    Modal: {
      defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.4 } },
      styles: { title: { fontWeight: 650, fontSize: 'var(--mantine-font-size-lg)' } },
    },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 300, events: { hover: true, focus: true, touch: false } } },
    Select: { defaultProps: { checkIconPosition: 'right' } },
    Anchor: { defaultProps: { underline: 'hover' } },
    // Whole words, as they are written: a state cut to “Req…” says nothing.
    Badge: { defaultProps: { tt: 'none', fw: 600, miw: 'max-content' } },
    Loader: { defaultProps: { type: 'dots' } },
  },
})

/** Two grounds: pages lie on `--ground`, cards on Mantine's body colour. Dimmed and placeholder text keep 4.5:1 on both, borders of controls 3:1. */
export const variables: CSSVariablesResolver = () => ({
  variables: { '--measure': '72rem' },
  light: {
    '--ground': '#faf9f6',
    '--mantine-color-dimmed': '#676156',
    '--mantine-color-placeholder': '#716b60',
    '--mantine-color-error': '#b3261e',
    '--hairline': '#e4e0d7',
    '--mantine-color-default-border': '#958e80',
    '--mantine-color-default-color': '#25231f',
    '--mantine-color-text': '#25231f',
  },
  dark: {
    '--ground': '#1b1a18',
    '--mantine-color-dimmed': '#a8a49a',
    '--mantine-color-placeholder': '#928e84',
    '--mantine-color-error': '#ff9d94',
    '--hairline': '#363430',
    '--mantine-color-default-border': '#736f67',
    '--mantine-color-default-color': '#e8e6e1',
    '--mantine-color-text': '#e8e6e1',
    ...Object.fromEntries(
      Object.entries({ green, gold, gray, red: DEFAULT_THEME.colors.red }).flatMap(([name, shades]) => [
        [`--mantine-color-${name}-light`, `color-mix(in srgb, ${shades[5]} 24%, transparent)`],
        [`--mantine-color-${name}-light-hover`, `color-mix(in srgb, ${shades[5]} 34%, transparent)`],
        [`--mantine-color-${name}-light-color`, shades[2]],
      ]),
    ),
  },
})
