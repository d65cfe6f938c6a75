import { useMedia } from '../ui/use-media.ts'

/** Where the details are shown: beside the list, over it, or in the row. */
export function useDetailsPlace(): 'pane' | 'sheet' | 'row' {
  const isWide = useMedia('(min-width: 1280px)')
  const isNarrow = useMedia('(max-width: 599px)')
  if (isWide) return 'pane'
  return isNarrow ? 'sheet' : 'row'
}
