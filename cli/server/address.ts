import { UserError } from '@mintmark/ledger/model'
import type { Context } from '../program/context.ts'
import { UsageError } from '../program/usage-error.ts'

/**
 * Checks the address of a control plane.
 *
 * @returns the address without a trailing slash
 * @throws UserError for plain HTTP that leaves this machine: tokens and the inventory would be readable on the way
 */
export function parseServer(text: string, env: Context['env']): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new UsageError(`"${text}" is not the address of a control plane.`, 'It looks like this: --server https://mintmark.example.org')
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('The address of a control plane holds no user and no password.', 'Sign in with: spirlctl login')
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && env['MINTMARK_ALLOW_HTTP'] !== 'true') {
    throw new UserError(
      'plain-http',
      `${url.origin} would be spoken to without encryption.`,
      'Use https, or set MINTMARK_ALLOW_HTTP=true when something else encrypts the way, such as a service mesh.',
    )
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** True for names and addresses that never leave this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}
