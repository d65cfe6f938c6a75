import { expect, it } from 'vitest'
import { placeOf } from './authorization.ts'

it.each([
  ['https://notes.example.com/callback', 'notes.example.com'],
  ['https://notes.example.com:8443/', 'notes.example.com:8443'],
  ['https://taskward.example@evil.example/', 'evil.example'],
  ['https://xn--tskward-9wa.example/', 'xn--tskward-9wa.example'],
  ['http://127.0.0.1:50123/callback', 'a program on this computer'],
  ['http://[::1]:50123/callback', 'a program on this computer'],
  ['http://localhost/callback', 'a program on this computer'],
  ['com.example.notes:/callback', 'an app on this device (com.example.notes)'],
  ['', 'an unknown place'],
])('an app that is sent back to %s is %s', (redirectUri, place) => {
  expect(placeOf({ name: 'Notebook', redirectUri })).toBe(place)
})
