import { useId, useRef, useState } from 'react'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { copyText } from '../ui/secure-apis.ts'
import styles from './copy-block.module.css'

type CopyBlockProps = { label: string; text: string }

/** Text with a copy button. */
export function CopyBlock({ label, text }: CopyBlockProps) {
  const id = useId()
  const shown = useRef<HTMLPreElement>(null)
  const [outcome, setOutcome] = useState<'copied' | 'selected'>()

  async function copy() {
    const done = shown.current !== null && (await copyText(shown.current))
    setOutcome(done ? 'copied' : 'selected')
    announce(done ? `${label} copied` : 'Selected. Press Ctrl-C to copy.')
  }

  return (
    <div className={styles.block}>
      <p id={id} className={styles.label}>
        {label}
      </p>
      <Button look="primary" aria-label={`Copy ${label}`} onClick={copy}>
        {outcome ? { copied: 'Copied', selected: 'Press Ctrl-C' }[outcome] : 'Copy'}
      </Button>
      <pre ref={shown} className={styles.text} translate="no">
        {text}
      </pre>
    </div>
  )
}
