import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'

const key = 'taskward:theme'

/** The theme of this page, as web/public/theme.js has applied it. */
function readTheme(): Theme {
  const { theme } = document.documentElement.dataset
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

/** Applies the theme here and in the other tabs of this browser, and keeps it. */
export function chooseTheme(theme: Theme): void {
  dispatchEvent(new CustomEvent(key, { detail: theme }))
  try {
    if (theme === 'system') localStorage.removeItem(key)
    else localStorage.setItem(key, theme)
  } catch {
    // The browser blocks storage: the choice lasts as long as the page.
  }
}

function subscribe(onChange: () => void) {
  const observer = new MutationObserver(onChange)
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  return () => observer.disconnect()
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, readTheme)
}
