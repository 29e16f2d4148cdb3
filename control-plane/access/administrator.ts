import type { AccessStore } from '@mintmark/storage'
import { ProblemError } from '../server/problem-error.ts'
import { hashToken, newToken } from './tokens.ts'

/** Minutes that a one-time link works. */
const LINK_MINUTES = 15
/** Hours that a browser stays signed in. */
const COOKIE_HOURS = 12
/** Days that `spirlctl login` lasts. */
const TOKEN_DAYS = 30

/** The code of a link that signs in one administrator, once. The code exists nowhere else; the database holds its hash. */
export async function createOneTimeCode(access: AccessStore, now: Date): Promise<{ readonly code: string; readonly expiresAt: Date }> {
  const { token, sha256 } = newToken('mmo')
  const expiresAt = new Date(now.getTime() + LINK_MINUTES * 60_000)
  await access.saveToken({ kind: 'one-time', sha256, expiresAt: expiresAt.toISOString() })
  return { code: token, expiresAt }
}

/** Address of the page that exchanges a code. It stands behind # so that no server or proxy ever logs it. */
export function oneTimeLink(server: string, code: string): string {
  return `${server}/login#${code}`
}

/**
 * Takes a one-time code and gives a token for it.
 *
 * @throws ProblemError code-invalid when it was used before, is too old or never existed: the answer is the same
 */
export async function exchangeCode(
  access: AccessStore,
  code: string,
  form: 'token' | 'cookie',
  now: Date,
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  if (!(await access.takeOneTimeToken(hashToken(code), now))) {
    throw new ProblemError('code-invalid', {
      detail: 'This link was used before, is older than 15 minutes, or was never valid.',
      remedy: 'Start the control plane with --admin-link to get a new one.',
    })
  }
  const { token, sha256 } = newToken('mma')
  const hours = form === 'cookie' ? COOKIE_HOURS : TOKEN_DAYS * 24
  const expiresAt = new Date(now.getTime() + hours * 3_600_000)
  await access.saveToken({ kind: 'administrator', sha256, expiresAt: expiresAt.toISOString() })
  return { token, expiresAt }
}
