import { useEffect, useRef, useState } from 'react'

/** The refusal of a form, if there is one. Moves the focus to the field with the error. */
export function useRefusal<Refusal extends { field?: string; message: string }>() {
  const form = useRef<HTMLFormElement>(null)
  const [refusal, setRefusal] = useState<Refusal>()

  // After the render, because a field may appear with the refusal.
  useEffect(() => {
    const wrong = refusal?.field && form.current?.elements.namedItem(refusal.field)
    if (wrong instanceof HTMLElement) wrong.focus()
  }, [refusal])

  /** The error of a field; without a field, the error that concerns no single field. */
  const errorOf = (field?: Refusal['field']) =>
    refusal?.field === field ? refusal?.message : undefined
  return { form, setRefusal, errorOf }
}
