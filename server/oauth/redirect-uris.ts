/**
 * The canonical spelling of a URI by the URL Standard: `HTTPS://App.Example:443` becomes
 * `https://app.example/`. Text that is not a URL stays unchanged, and the provider refuses it.
 */
export function toCanonicalUri(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).href : uri
}
