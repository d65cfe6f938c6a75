type Pattern = readonly [pattern: RegExp, name: string]

/** In this order: most browsers name others as well. */
const browsers: readonly Pattern[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|Chromium|HeadlessChrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]

const systems: readonly Pattern[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'Mac'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** Max characters of the name of an unknown program. */
const maxName = 40

/** The device of a User-Agent header in words: "Firefox on Windows". Null: none was sent. */
export function describeDevice(userAgent: string | null): string {
  if (!userAgent?.trim()) return 'Unknown device'
  const find = (patterns: readonly Pattern[]) =>
    patterns.find(([pattern]) => pattern.test(userAgent))?.[1]
  const [browser, system] = [find(browsers), find(systems)]
  if (browser && system) return `${browser} on ${system}`
  // A script names itself first: "curl/8.14.1".
  return browser ?? userAgent.trim().split(/[\s/]/, 1)[0]?.slice(0, maxName) ?? 'Unknown device'
}
