import { GraphiQL } from 'graphiql'
import { ExamplePicker } from './example-picker.tsx'
import { firstDocument } from './first-document.ts'
import { NeedsLine } from './needs-line.tsx'
import { sendOperation } from './send-operation.ts'
import { SessionBar } from './session-bar.tsx'

/** GraphiQL with the token of the page's session. */
export function Playground() {
  return (
    <>
      <SessionBar />
      <main className="playground">
        <h1 className="visually-hidden">Playground</h1>
        <GraphiQL
          fetcher={sendOperation}
          defaultQuery={firstDocument}
          // Headers may contain a token, so they are not stored.
          shouldPersistHeaders={false}
          showPersistHeadersSettings={false}
        >
          <GraphiQL.Logo>
            <ExamplePicker />
            <a href="/schema.graphql">Schema as text</a>
          </GraphiQL.Logo>
          <GraphiQL.Footer>
            <NeedsLine />
          </GraphiQL.Footer>
        </GraphiQL>
      </main>
    </>
  )
}
