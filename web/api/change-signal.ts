import { createContext, use } from 'react'
import { createSignal, type Signal } from '../ui/signal.ts'

/** Emits when a task of the account may have changed, by this page or elsewhere. */
export const ChangeSignal = createContext<Signal>(createSignal())

export function useChangeSignal(): Signal {
  return use(ChangeSignal)
}
