import { useEffect, useRef } from 'react'
import { openPlaygroundWith } from '../session/token-handoff.ts'
import { Button } from '../ui/button.tsx'
import type { MadeToken as Made } from './access-tokens.ts'
import { CopyBlock } from './copy-block.tsx'
import { curlCommand } from './curl.ts'
import styles from './made-token.module.css'

/** Shows a new token, once, with a command to try it. */
export function MadeToken({ made, onDone }: { made: Made; onDone: () => void }) {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  const { name, token, scopes } = made
  return (
    <div className={styles.made}>
      <h3 ref={title} tabIndex={-1} className={styles.title} dir="auto">
        {name} is ready
      </h3>
      <p>Copy the token now: it is not shown again.</p>
      <CopyBlock label="token" text={token} />
      <p>To see it work, paste this into a terminal:</p>
      <CopyBlock
        label="curl command"
        text={curlCommand({ origin: window.location.origin, token, scopes })}
      />
      <div className={styles.buttons}>
        <Button onClick={onDone}>I have copied it</Button>
        <Button onClick={() => openPlaygroundWith(token)}>Try it in the playground</Button>
      </div>
    </div>
  )
}
