import { Component, type ReactNode } from 'react'
import { Notice } from './notice.tsx'

/** Catches unexpected errors, and offers a reload instead of a white page. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    return (
      <Notice title="This page stopped working" onRetry={() => window.location.reload()}>
        Saved changes are safe. Reload the page to continue.
      </Notice>
    )
  }
}
