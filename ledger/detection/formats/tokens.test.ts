import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FORMAT_RULES, KEYED_RULES, listCatalogue, rulesVersion } from '../catalogue.ts'
import { crc32Base36, crc32Base62, crc32Hex, crc32HexLittleEndian } from '../checksum.ts'
import { createKeyedMatcher, NAME_END } from '../keyed.ts'
import type { Leaf, Verdict } from '../leaf.ts'
import { createFormatMatcher } from '../match.ts'
import { resolveOverlaps } from '../resolve.ts'

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const BASE62 = `0123456789${LOWER.toUpperCase()}${LOWER}`
const BASE64 = `${BASE62}+/`
const URLSAFE = `${BASE62}_-`
const HEX = '0123456789abcdef'
const BASE32 = `${LOWER.toUpperCase()}234567`

/** A fixed stream of letters: tokens are built at run time, the same on every run. */
let state = 0x2545f491
function draw(alphabet: string, length: number): string {
  let text = ''
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    text += alphabet.charAt((state >>> 8) % alphabet.length)
  }
  return text
}
const with32 = (prefix: string, length: number, check: (body: string) => string): string => {
  const body = draw(BASE62, length)
  return prefix + body + check(body)
}

const routable = (): string => {
  const before = `glpat-${draw(URLSAFE, 36).replaceAll('-', 'a')}.01.0z`
  return before + crc32Base36(before)
}
const ending = (text: string, check: (body: string) => string): string => text + check(text)

/** [kind, how its issuer builds one] */
const tokens: readonly (readonly [kind: string, token: string])[] = [
  ['aws-access-key-id', `AKIA${draw(BASE32, 16)}`],
  ['github-token', with32('ghp_', 30, crc32Base62)],
  ['github-token', with32('gho_', 30, crc32Base62)],
  ['github-token', with32('ghr_', 70, crc32Base62)],
  ['github-token', `ghs_${draw(BASE62, 36)}`],
  ['github-token', `github_pat_${draw(BASE62, 22)}_${draw(BASE62, 59)}`],
  ['npm-token', with32('npm_', 30, crc32Base62)],
  ['gitlab-token', `glpat-${draw(BASE62, 20)}`],
  ['gitlab-token', routable()],
  ['gitlab-token', `glrt-${draw(BASE62, 20)}`],
  ['gitlab-token', `GR1348941${draw(BASE62, 20)}`],
  ['entra-client-secret', `${draw(BASE62, 3)}7Q~${draw(BASE62, 31)}`],
  ['entra-client-secret', `${draw(BASE62, 3)}8Q~${draw(BASE62, 34)}`],
  ['azure-storage-key', `${draw(BASE64, 76)}+ASt${draw(BASE64, 5)}A==`],
  ['azure-cosmos-key', `${draw(BASE64, 76)}ACDb${draw(BASE64, 5)}g==`],
  ['azure-messaging-key', `${draw(BASE64, 33)}+ASbA${draw(BASE64, 5)}=`],
  ['azure-redis-key', `${draw(BASE64, 33)}AzCaP${draw(BASE64, 5)}=`],
  ['azure-container-registry-key', `${draw(BASE64, 42)}+ACRA${draw(BASE62, 5)}`],
  ['azure-search-key', `${draw(BASE62, 42)}AzSeC${draw(BASE62, 5)}`],
  ['azure-functions-key', `${draw(BASE62, 44)}AzFu${draw(BASE62, 5)}A==`],
  ['gcp-api-key', `AIza${draw(URLSAFE, 34)}a`],
  ['gcp-oauth-client-secret', `GOCSPX-${draw(BASE62, 28)}`],
  ['grafana-token', ending(`glsa_${draw(BASE62, 32)}`, (body) => `_${crc32HexLittleEndian(body)}`)],
  ['bitbucket-token', ending(`ATBB${draw(BASE62, 24)}`, crc32Hex)],
  ['atlassian-api-token', ending(`ATATT3xFfGF0${draw(BASE62, 171)}=`, crc32Hex)],
  ['jfrog-token', Buffer.from(`reftkn:01:0123456789:${draw(BASE62, 27)}`).toString('base64')],
  ['slack-token', `xoxb-${draw('123456789', 12)}-${draw('123456789', 12)}-${draw(BASE62, 24)}`],
  ['slack-token', `xapp-1-A${draw(BASE32, 10)}-${draw('123456789', 13)}-${draw(HEX, 64)}`],
  ['stripe-secret-key', `sk_live_${draw(BASE62, 24)}`],
  ['stripe-secret-key', `rk_test_${draw(BASE62, 99)}`],
  ['openai-api-key', `sk-${draw(BASE62, 20)}T3BlbkFJ${draw(BASE62, 20)}`],
  ['anthropic-api-key', `sk-ant-api03-${draw(BASE62, 93)}AA`],
  ['huggingface-token', `hf_${draw(LOWER, 34)}`],
  ['digitalocean-token', `dop_v1_${draw(HEX, 64)}`],
  ['databricks-token', `dapi${draw(HEX, 32)}`],
  ['sendgrid-api-key', `SG.${draw(BASE62, 22)}.${draw(BASE62, 43)}`],
  ['mailchimp-api-key', `${draw(HEX, 32)}-us12`],
  ['twilio-account-sid', `AC${draw(HEX, 32)}`],
  ['shopify-token', `shpat_${draw(HEX, 32)}`],
  ['square-token', `sq0atp-${draw(BASE62, 22)}`],
  ['pypi-token', `pypi-AgEIcHlwaS5vcmc${draw(URLSAFE, 120)}a`],
  ['rubygems-api-key', `rubygems_${draw(HEX, 48)}`],
  ['docker-hub-token', `dckr_pat_${draw(BASE62, 27)}`],
  ['postman-api-key', `PMAK-${draw(HEX, 24)}-${draw(HEX, 34)}`],
  ['pulumi-token', `pul-${draw(HEX, 40)}`],
  ['linear-api-key', `lin_api_${draw(BASE62, 40)}`],
  ['notion-token', `ntn_${draw('0123456789', 11)}${draw(BASE62, 35)}`],
  ['airtable-token', `pat${draw(BASE62, 14)}.${draw(HEX, 64)}`],
  ['dynatrace-token', `dt0c01.${draw(BASE32, 24)}.${draw(BASE32, 64)}`],
  ['new-relic-key', `NRAK-${draw(BASE32, 27)}`],
  ['sentry-token', `sntryu_${draw(HEX, 64)}`],
  ['vault-token', `hvs.${draw(BASE62, 95)}`],
  ['terraform-cloud-token', `${draw(BASE62, 14)}.atlasv1.${draw(BASE62, 67)}`],
  ['planetscale-credential', `pscale_pw_${draw(BASE62, 43)}`],
  ['doppler-token', `dp.pt.${draw(BASE62, 43)}`],
  ['flyio-token', `fo1_${draw(BASE62, 43)}`],
  ['telegram-bot-token', `${draw('123456789', 10)}:AA${draw(BASE62, 33)}`],
  ['heroku-api-key', `HRKU-AA${draw(BASE62, 58)}`],
  ['cloudflare-origin-ca-key', `v1.0-${draw(HEX, 24)}-${draw(HEX, 146)}`],
  ['alibaba-access-key-id', `LTAI${draw(BASE62, 20)}`],
  ['figma-token', `figd_${draw(BASE62, 40)}`],
  ['typeform-token', `tfp_${draw(BASE62, 59)}`],
  ['openshift-token', `sha256~${draw(BASE62, 43)}`],
  ['tailscale-key', `tskey-auth-${draw(BASE62, 12)}CNTRL-${draw(BASE62, 32)}`],
]

const formats = createFormatMatcher(FORMAT_RULES, (text) => text.includes('EXAMPLE'))
const keyed = createKeyedMatcher(KEYED_RULES, () => false)
const leafOf = (text: string, name = ''): Leaf => ({
  entry: 0, origin: 'env', name, field: undefined, text, line: 1, column: 1, encoding: [], siblings: [], aliases: [], structure: 'value', historic: undefined,
}) // prettier-ignore
function kindsOf(text: string): string[] {
  const verdicts: Verdict[] = []
  formats.match(leafOf(text), '', verdicts)
  return resolveOverlaps(verdicts).map((verdict) => `${verdict.kind} ${text.slice(verdict.start, verdict.end)}`)
}

describe('tokens that identify themselves', () => {
  test.each(tokens)('%s is known alone, quoted and inside a line', (kind, token) => {
    for (const text of [token, `"${token}"`, `export X=${token}; run`, `first line\nkey: ${token}\nlast`]) expect(kindsOf(text)).toEqual([`${kind} ${token}`])
  })

  test.each(tokens)('%s inside a longer word is not one', (_kind, token) => {
    expect(kindsOf(`Zz9${token}Zz9`)).toEqual([])
  })

  test.each(tokens.filter(([, token]) => /^(?:gh[pour]_|npm_|glsa_|ATBB|ATATT|glpat-.*\.01\.)/.test(token)))(
    '%s with a wrong checksum is refused',
    (_kind, token) => {
      const last = token.at(-1) === '0' ? '1' : '0'
      expect(kindsOf(token.slice(0, -1) + last)).toEqual([])
    },
  )

  test.each([36, 38, 39, 41])('an Entra secret has 37 or 40 characters, not %i', (length) => {
    expect(kindsOf(`${draw(BASE62, 3)}8Q~${draw(BASE62, length - 6)}`)).toEqual([])
  })

  test.each(['pk_live_', 'pk_test_'])('the publishable key %s is not a secret', (prefix) => {
    expect(kindsOf(prefix + draw(BASE62, 24))).toEqual([])
  })

  test('hashes, digests and UUIDs are not secrets', () => {
    expect(kindsOf(`sha256:${draw(HEX, 64)} ${draw(HEX, 40)} ${draw(HEX, 32)} 3f2a9c1e-77aa-4b0d-9c53-0a1b2c3d4e5f`)).toEqual([])
  })
})

describe('catalogue', () => {
  test('every rule has an id of its own and says where its facts come from', () => {
    const rows = listCatalogue()
    expect(new Set(rows.map((row) => row.rule)).size).toBe(rows.length)
    expect(rows.length).toBeGreaterThan(250)
    for (const row of rows) expect(row.source.page.length).toBeGreaterThan(7)
    expect(rulesVersion()).toBe(rulesVersion())
  })

  test('every expression of a format is sticky, every shape is anchored', () => {
    for (const rule of FORMAT_RULES) expect(rule.pattern.sticky, rule.id).toBe(true)
    for (const rule of KEYED_RULES) expect(/^\^.*\$$/.test(rule.shape.source), rule.id).toBe(true)
  })

  test('the quick look at the end of a name refuses no name that a rule asks for', () => {
    for (const rule of KEYED_RULES) {
      fc.assert(
        fc.property(fc.stringMatching(rule.name.last), (name) => NAME_END.test(name.trimEnd())),
        { numRuns: 40 },
      )
    }
  })

  test('a value of the right shape under the right name is typed', () => {
    const verdicts: Verdict[] = []
    keyed.match(leafOf(draw(HEX, 32), 'DD_API_KEY'), verdicts)
    keyed.match(leafOf(draw(HEX, 32), 'twilio.authToken'), verdicts)
    keyed.match(leafOf(draw(HEX, 32), 'imageDigest'), verdicts)
    expect(verdicts.map((verdict) => verdict.kind)).toEqual(['datadog-api-key', 'twilio-auth-token'])
  })
})
