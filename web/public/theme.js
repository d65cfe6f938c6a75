/*
 * Runs before the first paint of every page, so that the page never shows the other theme first.
 * web/ui/theme.ts stores the choice and sends the event. Without a choice the system decides.
 */
const paper = { light: '#f9faf7', dark: '#141917' }

function applyTheme(theme) {
  const isChosen = theme === 'light' || theme === 'dark'
  document.documentElement.toggleAttribute('data-theme', isChosen)
  if (isChosen) document.documentElement.dataset.theme = theme
  // The bars of a browser on a phone.
  for (const meta of document.querySelectorAll('meta[name="theme-color"]'))
    meta.content = paper[isChosen ? theme : meta.media.includes('dark') ? 'dark' : 'light']
}

function readTheme() {
  try {
    return localStorage.getItem('taskward:theme')
  } catch {
    return null // the browser blocks storage
  }
}

applyTheme(readTheme())
addEventListener('storage', () => applyTheme(readTheme())) // another tab has changed it
addEventListener('taskward:theme', ({ detail }) => applyTheme(detail))
