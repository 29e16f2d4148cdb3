import type { Judged } from './engine.ts'
import type { Verdict } from './leaf.ts'
import { specificity } from './resolve.ts'

/** A secret half that has no form of its own and is known by the public half beside it. */
interface Pairing {
  readonly identifier: string
  readonly kind: string
  readonly provider: string
  readonly shape: RegExp
}

const PAIRINGS: readonly Pairing[] = [
  { identifier: 'aws-access-key-id', kind: 'aws-secret-access-key', provider: 'AWS', shape: /^[A-Za-z0-9/+]{40}$/ },
  { identifier: 'alibaba-access-key-id', kind: 'alibaba-secret-key', provider: 'Alibaba Cloud', shape: /^[A-Za-z0-9]{30}$/ },
  { identifier: 'tencent-secret-id', kind: 'tencent-secret-key', provider: 'Tencent Cloud', shape: /^[A-Za-z0-9]{32}$/ },
  { identifier: 'twilio-account-sid', kind: 'twilio-auth-token', provider: 'Twilio', shape: /^[0-9a-f]{32}$/ },
  { identifier: 'sumologic-access-id', kind: 'sumologic-access-key', provider: 'Sumo Logic', shape: /^[A-Za-z0-9]{64}$/ },
]

/**
 * Judges again what names alone left generic: beside an AWS access key id, a secret of 40 characters is its secret key.
 * Only verdicts that already say "secret" are renamed, so an identifier never makes a secret out of an innocent neighbour.
 */
export function pairNeighbours(judged: readonly Judged[]): readonly Judged[] {
  if (judged.length < 2) return judged
  const identifiers = new Set<string>()
  for (const { verdict } of judged) if (verdict.role === 'identifier') identifiers.add(verdict.kind)
  const pairings = PAIRINGS.filter((pairing) => identifiers.has(pairing.identifier))
  if (pairings.length === 0) return judged
  return judged.map((item) => {
    const pairing = pairings.find((candidate) => isHalfOf(candidate, item.verdict))
    return pairing === undefined ? item : { leaf: item.leaf, verdict: rename(item.verdict, pairing) }
  })
}

function isHalfOf(pairing: Pairing, verdict: Verdict): boolean {
  return verdict.role === 'secret' && specificity(verdict.kind) === 1 && pairing.shape.test(verdict.canonical)
}

function rename(verdict: Verdict, pairing: Pairing): Verdict {
  const reason = `It stands beside an identifier of ${pairing.provider} and has the shape of the secret that belongs to one`
  return { ...verdict, kind: pairing.kind, provider: pairing.provider, rule: `${pairing.kind}-neighbour`, reasons: [...verdict.reasons, reason] }
}
