/** Outlines on a 20 px grid. They are decoration: the control around them has the accessible name. */
const paths = {
  add: 'M10 4v12M4 10h12',
  check: 'm4.5 10.5 3.5 3.5 7.5-8',
  chevron: 'm6 8 4 4 4-4',
  close: 'm5.5 5.5 9 9m0-9-9 9',
  calendar: 'M4 6.5h12v9.5H4zM4 9.5h12M7 4v3m6-3v3',
  bin: 'M4 6h12M8 6V4h4v2m-6.5 0 .7 10h7.6l.7-10M8.5 9v4.5m3-4.5v4.5',
  menu: 'M3.5 6h13m-13 4h13m-13 4h13',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11m4-1.5 3.5 3.5',
  sliders: 'M4 6.5h7m4 0h1M4 13.5h1m4 0h7M13 4.5v4m-6 3v4',
  high: 'M5.5 17V3.5m0 .5h9l-2.5 3.25L14.5 10.5h-9',
  low: 'M10 4v11.5m-4.5-4.5 4.5 4.5 4.5-4.5',
  label: 'M3.5 4v5.5l7 7 6-6-7-7H4zM7 7h.01',
  clock: 'M10 16.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M10 6.5V10l2.5 1.5',
  tray: 'M3.5 11.5 5.5 4.5h9l2 7v4h-13zm0 0h4l1 2h3l1-2h4',
  circle: 'M10 16.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13',
  done: 'M10 16.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13m-3-6.5 2.2 2.2 3.9-4.2',
  leave: 'M8 4H4.5v12H8m3-9.5 3.5 3.5-3.5 3.5M7.5 10h7',
  history: 'M4 10a6 6 0 1 0 2-4.5M4 3.5v3h3M10 7v3.25l2.25 1.25',
  person: 'M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6m-5.5 6.5a5.5 5.5 0 0 1 11 0',
  key: 'M7 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7m3.5-3.5h6v3m-3-3v2',
  app: 'M4 4h5v5H4zM11 4h5v5h-5zM4 11h5v5H4zM11 11h5v5h-5z',
  pause: 'M10 16.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M8.25 7.5v5m3.5-5v5',
  repeat:
    'M4.5 9.5V8a2 2 0 0 1 2-2H15m-2.5-2.5L15 6l-2.5 2.5M15.5 10.5V12a2 2 0 0 1-2 2H5m2.5 2.5L5 14l2.5-2.5',
  book: 'M10 5.5C8.5 4.3 6.3 4 3.5 4v11c2.8 0 5 .3 6.5 1.5 1.5-1.2 3.7-1.5 6.5-1.5V4c-2.8 0-5 .3-6.5 1.5zm0 0v11',
  keys: 'M2.5 5.5h15v9h-15zM5.5 8.5h.01m3 0h.01m3 0h.01m3 0h.01M6.5 11.5h7',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      aria-hidden="true"
      width="20"
      height="20"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={paths[name]} />
    </svg>
  )
}
