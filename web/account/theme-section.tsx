import { PageSection } from '../ui/page-section.tsx'
import { chooseTheme, type Theme, useTheme } from '../ui/theme.ts'
import styles from './theme-section.module.css'

const themes: { theme: Theme; name: string }[] = [
  { theme: 'system', name: 'System' },
  { theme: 'light', name: 'Light' },
  { theme: 'dark', name: 'Dark' },
]

/** The theme of this browser. */
export function ThemeSection() {
  const chosen = useTheme()
  return (
    <PageSection title="Appearance" lead="In this browser only.">
      <fieldset className={styles.choices}>
        <legend className="visually-hidden">Theme</legend>
        {themes.map(({ theme, name }) => (
          <label key={theme} className={styles.choice}>
            <input
              type="radio"
              name="theme"
              value={theme}
              checked={chosen === theme}
              onChange={() => chooseTheme(theme)}
            />
            {name}
          </label>
        ))}
      </fieldset>
    </PageSection>
  )
}
