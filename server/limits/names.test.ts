import { describe, expect, it } from 'vitest'
import { AccessTokenName, AppName, PersonName } from './names.ts'

const isName = (name: string) => PersonName.safeParse(name).success

describe('a name', () => {
  it.each([
    'Ada',
    'José 🌱',
    'Zoë',
    '👩‍💻 Ada',
    '❤️',
    'یادداشت\u200cها',
    'Notes یادداشت\u200cها',
    'ക്\u200dക',
    'ශ්\u200dරී',
    '李',
    'O’Neill',
    '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  ])('may be %s', (name) => {
    expect(isName(name)).toBe(true)
  })

  it.each(
    ['', ' ', '\u2800', '\u3164', '\u115f', '\u200b', '\u00ad', '\u034f', '\ufe0f', '\u200d']
      .concat(['Ada\u2028', 'A\u2029da', 'A\u200bda', 'A\u200cda', 'Ada\u202e', 'A\nda', 'A\0da'])
      .concat(['Ada یادداشت A\u200cda', 'ها\u200c\u200cها', 'ها\u200c', '\u200cها'])
      .concat(['A\u3164da', 'A\u2800da', 'A\u{e0041}', '\ud800']),
  )('may not be %j', (name) => {
    expect(isName(name)).toBe(name === 'Ada\u2028')
  })

  it('is trimmed and counted in code points', () => {
    expect(PersonName.parse(`  ${'🌱'.repeat(80)} `)).toBe('🌱'.repeat(80))
    expect(isName('🌱'.repeat(81))).toBe(false)
    expect(AccessTokenName.safeParse('a'.repeat(64)).success).toBe(true)
    expect(AccessTokenName.safeParse('a'.repeat(65)).success).toBe(false)
  })
})

describe('the name of an app', () => {
  it.each(['Notebook', 'Sync for Taskward', 'Taskwarrior', 'Tasks', 'Claude'])(
    'may be %s',
    (name) => {
      expect(AppName.safeParse(name).success).toBe(true)
    },
  )

  it.each([
    ...[
      'Taskward',
      'TASKWARD.',
      'Tаskward',
      'Ｔａｓｋｗａｒｄ',
      'T a s k w a r d',
      'Task\u200bward',
    ],
    ...['Taskward Official', 'Táskward', 'Tаѕкԝагԁ', '“Taskward”', 'T4skw4rd', '𝐓𝐚𝐬𝐤𝐰𝐚𝐫𝐝'],
  ])('may not be %j', (name) => {
    expect(AppName.safeParse(name).success).toBe(false)
  })
})
