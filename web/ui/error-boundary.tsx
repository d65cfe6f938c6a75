import { Component, type ReactNode } from 'react'
import { Button } from './button.tsx'
import { Message } from './message.tsx'

/** Catches unexpected errors, and offers a reload instead of a white page. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    return (
      <Message title="This page stopped working">
        <title>Stopped working · Taskward</title>
        <p role="alert">Saved changes are safe. Load the page again to continue.</p>
        <Button look="primary" onClick={() => window.location.reload()}>
          Load again
        </Button>
      </Message>
    )
  }
}
