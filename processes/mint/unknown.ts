import { ProblemError } from '@mintmark/control-plane'

/** Where to look for what was not found. */
const LISTS = {
  'trust domain': 'spirlctl trust-domain list',
  cluster: 'spirlctl cluster list',
  keyset: 'spirlctl trust-domain deployment keyset list',
  'federation link': 'spirlctl federation list',
} as const

/** An answer of 404 with the command that shows what there is. */
export function unknown(what: keyof typeof LISTS): ProblemError {
  return new ProblemError('not-found', { detail: `There is no such ${what} here.`, remedy: `See them: ${LISTS[what]}` })
}
