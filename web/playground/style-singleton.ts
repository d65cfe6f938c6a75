import { useEffect } from 'react'

/**
 * Replaces the package react-style-singleton, with which GraphiQL's menus and dialogs add a
 * `<style>` element to the page: our content security policy refuses those, but not a sheet that a
 * script constructs. The component adds its styles while at least one of it is shown.
 */
export function styleSingleton() {
  const sheet = new CSSStyleSheet()
  let shown = 0
  return function Styles({ styles }: { styles: string }) {
    useEffect(() => {
      if (shown === 0) {
        sheet.replaceSync(styles)
        document.adoptedStyleSheets.push(sheet)
      }
      shown += 1
      return () => {
        shown -= 1
        if (shown > 0) return
        document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet)
      }
    }, [styles])
    return null
  }
}
