import { useEditorContext } from '@graphiql/react'
import { flushSync } from 'react-dom'
import { examples } from './examples.ts'

/** Opens an example in a new editor tab. */
export function ExamplePicker() {
  const { addTab, queryEditor } = useEditorContext({ nonNull: true })

  function open(document: string) {
    flushSync(addTab) // which empties the editor
    queryEditor?.setValue(document)
    queryEditor?.focus()
  }

  return (
    <select
      aria-label="Examples"
      className="examples"
      value=""
      onChange={({ target }) => {
        const chosen = examples.find(({ title }) => title === target.value)
        if (chosen) open(chosen.document)
      }}
    >
      <option value="">Examples…</option>
      {examples.map(({ title }) => (
        <option key={title} value={title}>
          {title}
        </option>
      ))}
    </select>
  )
}
