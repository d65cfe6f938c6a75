import { type RefObject, useEffect, useRef } from 'react'
import { maxFilterText } from '../gql/limits.ts'
import { limitCodePoints } from '../ui/code-points.ts'
import { Icon } from '../ui/icon.tsx'
import styles from './task-toolbar.module.css'

const pauseMs = 250

type TaskSearchProps = {
  input: RefObject<HTMLInputElement | null>
  value: string
  onSearch: (text: string) => void
}

/** Searches when typing pauses. The input is uncontrolled, so that typing never waits for React. */
export function TaskSearch({ input, value, onSearch }: TaskSearchProps) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const sent = useRef(value)
  useEffect(() => {
    // Something else changed the URL: the back button, a link, "Clear filters".
    if (value === sent.current || !input.current) return
    sent.current = value
    input.current.value = value
  }, [value, input])
  useEffect(() => () => clearTimeout(timer.current), [])
  // For the timer: a filter that is set while it waits must stay.
  const latest = useRef(onSearch)
  useEffect(() => {
    latest.current = onSearch
  }, [onSearch])

  function send(text: string) {
    clearTimeout(timer.current)
    if (text === sent.current) return
    sent.current = text
    latest.current(text)
  }

  function onInput(text: string) {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => send(text), pauseMs)
  }

  return (
    <search className={styles.search}>
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        dir="auto"
        className={styles.searchInput}
        aria-label="Search tasks"
        placeholder="Search"
        autoComplete="off"
        defaultValue={value}
        onChange={({ target }) => {
          const text = limitCodePoints(target.value, maxFilterText)
          if (text !== target.value) target.value = text
          onInput(text)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') send(event.currentTarget.value)
        }}
      />
    </search>
  )
}
