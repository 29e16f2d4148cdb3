import { AuthorityError } from './errors.ts'
import type { KeyType } from './keys/model.ts'

const SECONDS_PER_DAY = 86_400

/** Bounds of an authority (law 7). */
export const AUTHORITY_LIMITS = {
  /** Shortest and longest life of a keyset, in seconds: from what a drill needs to twenty years. */
  keysetLifetimeSecondsMin: 30,
  keysetLifetimeSecondsMax: 20 * 365 * SECONDS_PER_DAY,
  /** Keysets that a trust domain has at once. More roots make every bundle and every path search of its clients longer. */
  keysetsMax: 16,
  /** How long after its end a keyset stays in the bundle, so that clocks that are behind still find it. */
  keptAfterEndSeconds: 3_600,
  /** A certificate begins that much before now, so that clocks that are behind accept it at once. */
  backdateSeconds: 60,
  /** Tries of one change when other replicas change the same keysets at the same time. */
  changeAttemptsMax: 16,
} as const

/** How a trust domain's keys are made and how long they live. */
export interface AuthoritySettings {
  /** Life of a keyset and so of its issuing certificate. SVIDs may live a sixth of it at least at any time. */
  readonly keysetLifetimeSeconds: number
  /** `spiffe_refresh_hint` of the bundle. */
  readonly refreshHintSeconds: number
  /** Key of the issuing certificate. P-384 and RSA sign many times slower than P-256. */
  readonly x509KeyType: KeyType
  /** ES256 is always offered; RS256 is for clouds that accept nothing else. */
  readonly jwtAlgorithms: readonly ('ES256' | 'RS256')[]
}

/** Room for the longest JWT-SVID: a sixth of 90 days is 15 days. */
const LIFETIME_SECONDS = 90 * SECONDS_PER_DAY
/** Poll interval that SPIFFE Federation section 5 proposes. */
const REFRESH_HINT_SECONDS_MAX = 300
/** A keyset is published for a third of its life before it signs; peers poll at least so often meanwhile (checklist item 23). */
const POLLS_BEFORE_USE = 5

/**
 * Settings with defaults where nothing was said.
 *
 * @throws AuthorityError `settings-invalid` when a value is out of its bounds
 */
export function completeSettings(given: Partial<AuthoritySettings> = {}): AuthoritySettings {
  const keysetLifetimeSeconds = given.keysetLifetimeSeconds ?? LIFETIME_SECONDS
  const { keysetLifetimeSecondsMin: min, keysetLifetimeSecondsMax: max } = AUTHORITY_LIMITS
  if (!Number.isInteger(keysetLifetimeSeconds) || keysetLifetimeSeconds < min || keysetLifetimeSeconds > max) {
    throw invalid(`The life of a keyset is a whole number of seconds between ${min} and ${max}`)
  }
  const hintMax = Math.max(1, Math.min(REFRESH_HINT_SECONDS_MAX, Math.floor(keysetLifetimeSeconds / 3 / POLLS_BEFORE_USE)))
  const refreshHintSeconds = given.refreshHintSeconds ?? hintMax
  if (!Number.isInteger(refreshHintSeconds) || refreshHintSeconds < 1 || refreshHintSeconds * 3 > keysetLifetimeSeconds / 3) {
    throw invalid(
      'The refresh hint is a whole number of seconds, and three of them fit into a third of the life of a keyset, so that keys are known before they sign',
    )
  }
  const jwtAlgorithms = given.jwtAlgorithms ?? ['ES256', 'RS256']
  if (!jwtAlgorithms.includes('ES256')) throw invalid('ES256 is always among the algorithms of JWT-SVIDs')
  return { keysetLifetimeSeconds, refreshHintSeconds, x509KeyType: given.x509KeyType ?? 'ec-p256', jwtAlgorithms: [...new Set(jwtAlgorithms)] }
}

function invalid(happened: string): AuthorityError {
  return new AuthorityError('settings-invalid', happened, 'Change the setting and start again.')
}
