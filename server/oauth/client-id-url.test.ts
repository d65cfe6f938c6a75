import { expect, it } from 'vitest'
import { findPublisher, isClientIdUrl } from './client-id-url.ts'

it.each([
  'https://notes.example.com/client.json',
  'https://notes.example.com:8443/oauth/client.json',
  'https://notes.example.com/client?version=2',
])('%s may be the id of a client', (url) => {
  expect(isClientIdUrl(url)).toBe(true)
})

it.each([
  'http://notes.example.com/client.json',
  'https://notes.example.com',
  'https://notes.example.com/',
  'https://notes.example.com/a/../client.json',
  'https://notes.example.com/a/./client.json',
  'https://notes.example.com/a/%2e%2e/client.json',
  'https://notes.example.com/client.json#',
  'https://notes.example.com/client.json#fragment',
  'https://ada@notes.example.com/client.json',
  'https://ada:secret@notes.example.com/client.json',
  'https://@notes.example.com/client.json',
  'https://NOTES.example.com/client.json',
  'https://notes.example.com:443/client.json',
  'https://notes.example.com\\client.json',
  ' https://notes.example.com/client.json',
  'https://localhost/client.json',
  'https://127.0.0.1/client.json',
  'https://0x7f.1/client.json',
  'https://2130706433/client.json',
  'https://[::1]/client.json',
  'https://169.254.169.254/latest/meta-data',
  `https://notes.example.com/${'a'.repeat(500)}`,
  'notebook',
])('%s is not the URL of a client', (url) => {
  expect(isClientIdUrl(url)).toBe(false)
})

it('names the host that publishes a client', () => {
  expect(findPublisher('https://notes.example.com:8443/client.json')).toBe('notes.example.com:8443')
  expect(findPublisher('aBcDeFgH')).toBe(null)
})
