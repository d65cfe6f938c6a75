import { makeToken, signUp } from './taskward.mjs'

/* The token that a reader of a guide has made. */

process.stdout.write(await makeToken(await signUp()))
