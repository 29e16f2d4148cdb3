import type { Factor, Secret } from '@mintmark/contract/scan'
import type { SecretFacts } from '@mintmark/ledger/model'
import { readBody } from './bodies.ts'

/** What is stored of a secret: everything that risk needs to score it again (law 4), and how it was scored. */
export interface SecretBody {
  readonly facts: SecretFacts
  readonly score: Pick<Secret, 'level' | 'factors' | 'policy'>
  readonly occurrencesTotal: number
}

/** A sentence, or the number of one that many secrets share. */
type Said = string | number

/** What stands of the secret itself, without names of fields, and with sentences that many secrets share by their number. */
type WrittenFacts = readonly [
  known: readonly [fingerprint: string, kind: string, provider: string, confidence: SecretFacts['confidence']],
  attributes: SecretFacts['attributes'],
  reasons: readonly Said[],
  exposures: SecretFacts['exposures'],
  applications: readonly string[],
  usage: SecretFacts['usage'] | Said,
  authorization: SecretFacts['authorization'] | Said,
  links: SecretFacts['links'],
  level: Secret['level'],
  policy: string,
  occurrencesTotal: number,
  rest: Pick<SecretFacts, 'publicId' | 'createdAt' | 'expiresAt' | 'existsSince'> & { readonly applicationsIncomplete?: Said },
]
type WrittenFactor = readonly [name: Factor['name'], level: Factor['level'] | 0, reason: Said]
type Written = readonly [facts: WrittenFacts, factors: readonly WrittenFactor[]]

/** Factors whose reason names no place of the secret. */
const GENERAL_FACTORS: ReadonlySet<Factor['name']> = new Set(['age', 'last-used', 'authorization-scope'])
/** Characters below which a sentence is as short as its number. */
const SENTENCE_CHARS_MIN = 12

/** Finds the sentences that secrets share with others: those that name neither their places nor their public id, else they would be as many as secrets. */
export function sharedSentences(secrets: Iterable<SecretBody>): Set<string> {
  const sentences = new Set<string>()
  for (const { facts, score } of secrets) {
    const note = (sentence: string): void => {
      if (isShared(sentence, facts)) sentences.add(sentence)
    }
    facts.reasons.forEach(note)
    if (facts.applicationsIncomplete !== undefined) note(facts.applicationsIncomplete)
    if (facts.usage.state === 'unavailable') note(facts.usage.reason)
    if (facts.authorization.state === 'unavailable') note(facts.authorization.reason)
    for (const { name, reason } of score.factors) if (isGeneral(name, facts)) note(reason)
  }
  return sentences
}

/** The stored form of a secret, and the part of it whose change makes a new version: all but the reasons of factors, which follow from it. */
export interface WrittenSecret {
  readonly body: string
  readonly essence: string
}

/** Writes the stored form; `numberOf` knows every sentence of {@link sharedSentences}. */
export function writeSecretBody({ facts, score, occurrencesTotal }: SecretBody, numberOf: (sentence: string) => number): WrittenSecret {
  const { fingerprint, kind, provider, confidence, publicId, createdAt, expiresAt, existsSince, usage, authorization, applicationsIncomplete } = facts
  const say = (sentence: string): Said => (isShared(sentence, facts) ? numberOf(sentence) : sentence)
  const written: WrittenFacts = [
    [fingerprint, kind, provider, confidence],
    facts.attributes,
    facts.reasons.map(say),
    facts.exposures,
    facts.applications,
    usage.state === 'unavailable' ? say(usage.reason) : usage,
    authorization.state === 'unavailable' ? say(authorization.reason) : authorization,
    facts.links,
    score.level,
    score.policy,
    occurrencesTotal,
    {
      ...(publicId === undefined ? {} : { publicId }),
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(existsSince === undefined ? {} : { existsSince }),
      ...(applicationsIncomplete === undefined ? {} : { applicationsIncomplete: say(applicationsIncomplete) }),
    },
  ]
  const factors = score.factors.map(({ name, level, reason }): WrittenFactor => [name, level ?? 0, isGeneral(name, facts) ? say(reason) : reason])
  const text = JSON.stringify(written)
  return { body: `[${text},${JSON.stringify(factors)}]`, essence: `${text}${factors.map(([name, level]) => `${name} ${level}`).join(',')}` }
}

/** The stored form, read; see {@link parseSecretBody}. */
export type ParsedSecret = Written

/** Takes the stored form apart. */
export function parseSecretBody(body: string): ParsedSecret {
  return readBody<Written>(body)
}

/** Adds the numbers of the sentences that a stored secret names. */
export function noteSentences([facts, factors]: ParsedSecret, numbers: Set<number>): void {
  const note = (said: unknown): void => {
    if (typeof said === 'number') numbers.add(said)
  }
  const [, , reasons, , , usage, authorization, , , , , { applicationsIncomplete }] = facts
  reasons.forEach(note)
  note(usage)
  note(authorization)
  note(applicationsIncomplete)
  for (const factor of factors) note(factor[2])
}

/** Makes the secret of its stored form; `sentenceOf` knows every number of {@link noteSentences}. */
export function readSecretBody([facts, factors]: ParsedSecret, sentenceOf: (number: number) => string): SecretBody {
  const [known, attributes, reasons, exposures, applications, usage, authorization, links, level, policy, occurrencesTotal, rest] = facts
  const [fingerprint, kind, provider, confidence] = known
  const { applicationsIncomplete, ...more } = rest
  const hear = (said: Said): string => (typeof said === 'number' ? sentenceOf(said) : said)
  return {
    facts: {
      fingerprint,
      kind,
      provider,
      confidence,
      attributes,
      reasons: reasons.map(hear),
      ...more,
      exposures,
      applications,
      ...(applicationsIncomplete === undefined ? {} : { applicationsIncomplete: hear(applicationsIncomplete) }),
      usage: typeof usage === 'object' ? usage : { state: 'unavailable', reason: hear(usage) },
      authorization: typeof authorization === 'object' ? authorization : { state: 'unavailable', reason: hear(authorization) },
      links,
    },
    score: {
      level,
      policy,
      factors: factors.map(([name, given, reason]): Factor => ({
        name,
        known: given !== 0,
        ...(given === 0 || given === undefined ? {} : { level: given }),
        reason: hear(reason),
      })),
    },
    occurrencesTotal,
  }
}

function isShared(sentence: string, { publicId }: SecretFacts): boolean {
  return sentence.length >= SENTENCE_CHARS_MIN && (publicId === undefined || publicId === '' || !sentence.includes(publicId))
}

/** The age of what was seen at a place names that place. */
function isGeneral(name: Factor['name'], { existsSince }: SecretFacts): boolean {
  return GENERAL_FACTORS.has(name) && (name !== 'age' || existsSince === undefined)
}
