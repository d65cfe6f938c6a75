import { expect, it } from 'vitest'
import { describeDestination } from './app-words.ts'

it.each([
  ['https://notes.example.com/callback', 'notes.example.com'],
  ['https://notes.example.com:8443/', 'notes.example.com:8443'],
  ['https://taskward.example@evil.example/', 'evil.example'],
  ['https://xn--tskward-9wa.example/', 'xn--tskward-9wa.example'],
  ['http://127.0.0.1:50123/callback', 'a program on this computer (127.0.0.1)'],
  ['http://[::1]:50123/callback', 'a program on this computer ([::1])'],
  ['http://localhost/callback', 'a program on this computer (localhost)'],
  ['com.example.notes:/callback', 'an app on this device (com.example.notes)'],
  ['', 'an unknown place'],
  ['https://notes.example.com', 'notes.example.com'],
  ['com.example.notes:', 'an app on this device (com.example.notes)'],
])('describes %s as %s', (uri, words) => {
  expect(describeDestination(uri)).toBe(words)
})
