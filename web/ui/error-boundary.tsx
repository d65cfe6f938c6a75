import { Component, type ReactNode } from 'react'
import { Notice } from './notice.tsx'

/** Catches what no component expected; a person gets a way on instead of a white page. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    return (
      <Notice title="This page stopped working" onRetry={() => window.location.reload()}>
        What was saved is safe. Load the page again to go on.
      </Notice>
    )
  }
}
