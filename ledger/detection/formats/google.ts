import type { FormatRule, KeyedRule } from '../rule.ts'
import { issuer, namedAfter } from './issuer.ts'

const google = issuer('Google', {
  page: 'https://cloud.google.com/docs/authentication and https://developers.google.com/identity/protocols/oauth2',
  licence: 'facts',
})

/** Keys and tokens of Google. */
export const googleTokens: readonly FormatRule[] = [
  google.token('gcp-api-key', 'gcp-api-key', ['AIza'], /AIza[\w-]{35}(?![\w-])/y),
  google.token('gcp-oauth-client-secret', 'gcp-oauth-client-secret', ['GOCSPX-'], /GOCSPX-[\w-]{28}(?![\w-])/y),
  google.token('gcp-oauth-access-token', 'gcp-oauth-token', ['ya29.'], /ya29\.[\w-]{50,1000}(?![\w-])/y),
  google.token('gcp-oauth-refresh-token', 'gcp-oauth-token', ['1//0'], /1\/\/0[\w-]{40,150}(?![\w-])/y),
]

/** Shapes of this family that are decided by their name. */
export const googleByName: readonly KeyedRule[] = [
  google.keyed(
    'gcp-oauth-client-secret-by-name',
    'gcp-oauth-client-secret',
    namedAfter('google|gcp|gmail|youtube|firebase', 'client_secret|oauth_secret|secret'),
    /^[\w-]{24}$/,
  ),
  google.keyed('recaptcha-secret-by-name', 'recaptcha-secret-key', namedAfter('recaptcha|captcha', 'secret|secret_?key|private_?key'), /^6L[\w-]{38}$/),
]
