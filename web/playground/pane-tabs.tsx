import type { KeyboardEvent } from 'react'

export const panes = { query: 'Query', variables: 'Variables', answer: 'Answer' } as const
export type Pane = keyof typeof panes

const names = Object.keys(panes) as Pane[]

type PaneTabsProps = { pane: Pane; onChange: (pane: Pane) => void }

/** On narrow screens: chooses the part of the playground that fills the screen. */
export function PaneTabs({ pane, onChange }: PaneTabsProps) {
  function move(event: KeyboardEvent<HTMLDivElement>) {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 }
    const next = names.at((names.indexOf(pane) + (steps[event.key] ?? 0)) % names.length)
    if (!(event.key in steps) || !next) return
    event.preventDefault()
    onChange(next)
    document.getElementById(`pane-${next}`)?.focus()
  }

  return (
    <div role="tablist" aria-label="Parts of the playground" className="pane-tabs" onKeyDown={move}>
      {names.map((name) => (
        <button
          key={name}
          id={`pane-${name}`}
          type="button"
          role="tab"
          aria-selected={name === pane}
          tabIndex={name === pane ? 0 : -1}
          onClick={() => onChange(name)}
        >
          {panes[name]}
        </button>
      ))}
    </div>
  )
}
