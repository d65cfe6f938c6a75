/**
 * The one spelling of an address that the URL Standard gives it: `HTTPS://App.Example:443` is
 * `https://app.example/`. What is no URL stays as it is, for the provider to refuse.
 */
export function toCanonicalUri(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).href : uri
}
