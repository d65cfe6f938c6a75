import { GraphiQL } from 'graphiql'
import { type ComponentProps, useMemo, useState } from 'react'
import { createPortal } from 'react-dom'
import { useTheme } from '../ui/theme.ts'
import { ExamplePicker } from './example-picker.tsx'
import { firstDocument } from './first-document.ts'
import { NeedsLine } from './needs-line.tsx'
import { type Pane, PaneTabs } from './pane-tabs.tsx'
import { sendOperation } from './send-operation.ts'
import { SessionBar } from './session-bar.tsx'

type Fetcher = ComponentProps<typeof GraphiQL>['fetcher']

/** GraphiQL with the token of the page's session, and one bar above it. */
export function Playground() {
  const [pane, setPane] = useState<Pane>('query')
  // GraphiQL gives the picker its editor; the picker stands in our bar.
  const [tools, setTools] = useState<HTMLElement | null>(null)
  const fetcher = useMemo<Fetcher>(
    () => (operation, options) => {
      if (operation.operationName !== 'IntrospectionQuery') setPane('answer')
      return sendOperation(operation, options)
    },
    [],
  )
  const theme = useTheme()
  return (
    <>
      <SessionBar toolsRef={setTools} />
      <main className="playground" data-pane={pane}>
        <h1 className="visually-hidden">Playground</h1>
        <PaneTabs pane={pane} onChange={setPane} />
        <GraphiQL
          forcedTheme={theme}
          fetcher={fetcher}
          defaultQuery={firstDocument}
          // Not folded: on narrow screens a tab shows them.
          defaultEditorToolsVisibility="variables"
          // Headers may contain a token, so they are not stored.
          shouldPersistHeaders={false}
          showPersistHeadersSettings={false}
        >
          <GraphiQL.Logo>{tools && createPortal(<ExamplePicker />, tools)}</GraphiQL.Logo>
          <GraphiQL.Footer>
            <NeedsLine />
          </GraphiQL.Footer>
        </GraphiQL>
      </main>
    </>
  )
}
