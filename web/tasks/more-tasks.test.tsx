import { act, render, screen } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { MoreTasks } from './more-tasks.tsx'

type Change = Pick<IntersectionObserverEntry, 'isIntersecting'>
const far: Change = { isIntersecting: false }
const near: Change = { isIntersecting: true }

let move: (...changes: Change[]) => void

beforeEach(() => {
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(listener: (changes: Change[]) => void) {
        move = (...changes) =>
          act(() => {
            listener(changes)
          })
      }
      observe() {}
      disconnect() {}
    },
  )
})

describe('the end of the list', () => {
  it('requests the next page when it comes near', () => {
    const onLoad = vi.fn(async () => true)
    render(<MoreTasks onLoad={onLoad} />)
    move(far)
    expect(onLoad).not.toHaveBeenCalled()
    move(near)
    expect(onLoad).toHaveBeenCalledOnce()
  })

  it('requests it also when it leaves and returns in one scroll', () => {
    const onLoad = vi.fn(async () => true)
    render(<MoreTasks onLoad={onLoad} />)
    move(far, near)
    expect(onLoad).toHaveBeenCalledOnce()
  })

  it('sends one request while the page is loading', () => {
    const onLoad = vi.fn(() => new Promise<boolean>(() => {}))
    render(<MoreTasks onLoad={onLoad} />)
    move(near)
    move(near)
    expect(onLoad).toHaveBeenCalledOnce()
    expect(screen.getByRole('button', { name: 'Loading…' })).toBeVisible()
  })

  it('waits for the user after a failure', async () => {
    const onLoad = vi.fn(async () => false)
    render(<MoreTasks onLoad={onLoad} />)
    move(near)
    await screen.findByRole('button', { name: 'Try again' })
    move(near)
    expect(onLoad).toHaveBeenCalledOnce()
  })
})
