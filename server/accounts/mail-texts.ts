import type { Message } from '../mail/mailer.ts'
import type { OneTimeLink } from './one-time-links.ts'

/*
 * A stranger can cause a message to another person's mailbox, and must not be able to write in it: no
 * message to an unverified address contains text that a user has chosen.
 */

const product = 'Taskward'
const ignoreIt = 'If you did not request this, ignore this message. Nothing changes.'

export function writeResetLink(to: string, { url }: OneTimeLink): Message {
  return {
    kind: 'reset_link',
    to,
    subject: `${product}: set a new password`,
    text: `Open this link to set a new password. It works once, within an hour:

${url}

The new password ends all your sessions, access tokens and connected apps.
${ignoreIt}
`,
  }
}

export function writeVerifyLink(to: string, { url }: OneTimeLink): Message {
  return {
    kind: 'verify_link',
    to,
    subject: `${product}: verify your e-mail address`,
    text: `Open this link to verify that this is your e-mail address. It works once, within a day:

${url}

${ignoreIt}
`,
  }
}

export function writeChangeLink(to: string, { url }: OneTimeLink): Message {
  return {
    kind: 'change_link',
    to,
    subject: `${product}: confirm your new e-mail address`,
    text: `Open this link to make this the e-mail address of your account. It works once, within a day:

${url}

${ignoreIt}
`,
  }
}

/** `name`: of a program that the person has made or connected. */
export function writePauseNotice(to: string, name: string, baseUrl: string): Message {
  return {
    kind: 'pause_notice',
    to,
    subject: `${product}: a program is paused`,
    text: `This program changed or deleted more tasks within an hour than you allow it, and is paused:

${name}

Until you decide, it only reads. See what it did, take it back, or let it go on:

${baseUrl}/activity
`,
  }
}

/** To the old address. */
export function writeAddressNotice(to: string): Message {
  return {
    kind: 'address_notice',
    to,
    subject: `${product}: your e-mail address was changed`,
    text: `Your account has another e-mail address now. You sign in with the new one.

If you did not change it, ask the operator of this server for help at once.
`,
  }
}
