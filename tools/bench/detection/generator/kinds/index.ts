import type { Bundle } from '../credential.ts'
import type { Random } from '../random.ts'
import { awsBundle, azureResourceBundle, entraBundle, gcpBundle, namedKeyBundle } from './cloud.ts'
import { passwordBundle } from './passwords.ts'
import { applicationSecretBundle, headerBundle, jwtBundle, privateKeyBundle } from './structured.ts'
import { TOKEN_KINDS, tokenBundle } from './tokens.ts'
import { connectionStringBundle, queryTokenBundle, urlBundle } from './urls.ts'

type MakeBundle = (random: Random, credential: string) => Bundle

/** How often each family is planted: passwords lead, as they do in clusters. */
const FAMILIES: readonly (readonly [number, MakeBundle])[] = [
  [30, passwordBundle],
  [12, urlBundle],
  [6, connectionStringBundle],
  [13, (random, credential) => tokenBundle(random, random.pick(TOKEN_KINDS), credential)],
  [8, awsBundle],
  [5, entraBundle],
  [4, azureResourceBundle],
  [3, gcpBundle],
  [4, namedKeyBundle],
  [3, jwtBundle],
  [4, privateKeyBundle],
  [5, headerBundle],
  [8, applicationSecretBundle],
  [2, queryTokenBundle],
]

/** Draws the next credential. */
export function drawBundle(random: Random, credential: string): Bundle {
  return random.weighted(FAMILIES)(random, credential)
}

/** Draws one that fits into a header field. */
export function drawHeader(random: Random, credential: string): Bundle {
  return headerBundle(random, credential)
}
