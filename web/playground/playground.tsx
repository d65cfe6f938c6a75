import { GraphiQL } from 'graphiql'
import { ExamplePicker } from './example-picker.tsx'
import { firstDocument } from './first-document.ts'
import { NeedsLine } from './needs-line.tsx'
import { sendOperation } from './send-operation.ts'
import { SessionBar } from './session-bar.tsx'

/** GraphiQL for whoever is signed in on this site: the token comes from the page, not from them. */
export function Playground() {
  return (
    <>
      <SessionBar />
      <main className="playground">
        <h1 className="visually-hidden">Playground</h1>
        <GraphiQL
          fetcher={sendOperation}
          defaultQuery={firstDocument}
          // What is typed among the headers may be a token: it is not kept when the page is left.
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
