import { parseSpiffeId, parseTrustDomain, type TrustDomain } from '@mintmark/spiffe'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Platform } from '../ports.ts'
import { algorithmChooser } from './algorithm.ts'
import { parseAttributeName } from './attribute-name.ts'
import { parseClaims, renderClaims, RESERVED_CLAIMS } from './claims.ts'
import { compilePolicy, type Decision } from './compile.ts'
import { parseDuration } from './duration.ts'
import { IssuancePolicySpec } from './schema.ts'
import { formatSubject, parseSubject, renderSubject } from './subject.ts'
import { parsePathTemplate, renderPath } from './template.ts'

const pod = { 'cluster.name': 'prod', 'node_group.name': 'prod', 'kubernetes.pod.namespace': 'shop', 'kubernetes.pod.service_account': 'web' }

function domain(): TrustDomain {
  const parsed = parseTrustDomain('example.org')
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.trustDomain
}

function decide(spec: unknown, attributes: Readonly<Record<string, string>>, platform: Platform = 'k8s', realm?: string): Decision {
  return compilePolicy(IssuancePolicySpec.parse(spec), { trustDomain: domain(), platform, realm })(new Map(Object.entries(attributes)))
}

function idsOf(decision: Decision): readonly string[] {
  return decision.ok ? decision.identities.map(({ id, hint }) => `${hint}=${id.replace('spiffe://example.org', '')}`) : [decision.label]
}

/** A decision without its functions. */
const plain = (decision: Decision): unknown => JSON.parse(JSON.stringify(decision))

describe('default templates', () => {
  test.each<[Platform, string | undefined, string]>([
    ['k8s', undefined, '=/prod/ns/shop/sa/web'],
    ['eks', undefined, '=/prod/ns/shop/sa/web'],
    ['istio', undefined, '=/ns/shop/sa/web'],
    ['eks-istio', undefined, '=/ns/shop/sa/web'],
    ['linux', undefined, '=/prod/deploy'],
    ['k8s', 'payments', '=/payments/prod/ns/shop/sa/web'],
    ['istio', 'payments', '=/payments/ns/shop/sa/web'],
  ])('%s in realm %s', (platform, realm, expected) => {
    const attributes = { ...pod, 'linux.user.name': 'deploy', ...(realm === undefined ? {} : { 'spirl.realm': realm }) }
    expect(idsOf(decide({}, attributes, platform, realm))).toEqual([expected])
  })

  test('a template of the policy replaces the default, realm and all', () => {
    expect(idsOf(decide({ policy: { pathTemplate: '/apps/{{kubernetes.pod.service_account}}' } }, { ...pod, 'spirl.realm': 'r' }, 'k8s', 'r'))).toEqual([
      '=/apps/web',
    ])
  })
})

describe('path templates', () => {
  test.each([
    ['ns/x', 'a path starts with "/"'],
    ['/a//b', 'no empty segment'],
    ['/a/', 'no empty segment'],
    ['/a/../b', 'no empty segment, no "."'],
    ['/a b', 'holds characters'],
    ['/a%20', 'holds characters'],
    ['/{{a', '"{{" without "}}"'],
    ['/a}}', '"}}" without "{{"'],
    ['/{{}}', 'not an attribute'],
    ['/{{a..b}}', 'not an attribute'],
    ["/{{a.'b}}", 'not an attribute'],
    ['/{{kubernetes.pod.container.web.image.name}}', 'one container'],
    ['/{{container.web.image.id}}', 'one container'],
    ['/{{kubernetes.pod.init_container.web.image.name}}', 'one container'],
  ])('rule 3: %s is refused when it is set', (template, words) => {
    const parsed = parsePathTemplate(template)
    expect(parsed).toMatchObject({ ok: false, reason: expect.stringContaining(words) })
    expect(IssuancePolicySpec.safeParse({ policy: { pathTemplate: template } }).success).toBe(false)
  })

  test.each([
    ['a/b', 'attribute-not-allowed'],
    ['../admin', 'attribute-not-allowed'],
    ['a%2fb', 'attribute-not-allowed'],
    ['ä', 'attribute-not-allowed'],
    ['a b', 'attribute-not-allowed'],
    ['', 'attribute-empty'],
    ['..', 'path-not-allowed'],
    ['.', 'path-not-allowed'],
    ['x'.repeat(2048), 'path-not-allowed'],
  ])('rule 3, 4: a value "%.20s" yields no identity: %s', (value, label) => {
    expect(decide({}, { ...pod, 'kubernetes.pod.service_account': value })).toMatchObject({ ok: false, label })
  })

  test('a value that is missing is named', () => {
    const { 'kubernetes.pod.namespace': _missing, ...rest } = pod
    expect(decide({}, rest)).toMatchObject({ ok: false, label: 'attribute-missing', reason: expect.stringContaining('kubernetes.pod.namespace') })
  })

  test.each(["kubernetes.pod.label.'app.kubernetes.io/name'", "kubernetes.pod.label.'app.kubernetes.io/name' "])('labels with dots are quoted: %s', (name) => {
    const decision = decide({ policy: { pathTemplate: `/{{${name}}}` } }, { "kubernetes.pod.label.'app.kubernetes.io/name'": 'web' })
    expect(idsOf(decision)).toEqual(['=/web'])
  })

  test('rules 1 to 4: whatever the attributes hold, what comes out is a SPIFFE ID of the trust domain with as many segments as the template', () => {
    const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.stringMatching(/^[A-Za-z0-9._/%-]{0,8}$/))
    fc.assert(
      fc.property(value, value, (namespace, account) => {
        const decision = decide({}, { ...pod, 'kubernetes.pod.namespace': namespace, 'kubernetes.pod.service_account': account })
        if (!decision.ok) return
        const id = decision.identities[0]?.id ?? ''
        expect(parseSpiffeId(id)).toMatchObject({ ok: true, trustDomain: 'example.org' })
        expect(id.split('/')).toEqual(['spiffe:', '', 'example.org', 'prod', 'ns', namespace, 'sa', account])
      }),
      { numRuns: 1_000 },
    )
  })

  test('no text makes a template that throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[/{}'.a-z]{0,20}$/)), (text) => {
        const parsed = parsePathTemplate(text)
        if (parsed.ok) renderPath(parsed.template, new Map([['a', 'b']]))
        parseAttributeName(text)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('overrides', () => {
  const spec = {
    policy: { x509: { ttl: '1h' }, jwt: { ttl: '2h' } },
    policyOverrides: [
      { when: { 'kubernetes.pod.namespace': 'shop', 'kubernetes.pod.service_account': 'api' }, policy: { pathTemplate: '/api' } },
      { when: { 'kubernetes.pod.namespace': 'shop' }, policy: { x509: { ttl: '10s' } } },
      { when: { 'kubernetes.pod.namespace': 'shop' }, policy: { pathTemplate: '/never' } },
    ],
  }

  test('the first whose conditions all hold decides, and keeps what it does not set', () => {
    const api = decide(spec, { ...pod, 'kubernetes.pod.service_account': 'api' })
    expect(idsOf(api)).toEqual(['=/api'])
    expect(api).toMatchObject({ rules: { x509Seconds: 3600, jwtSeconds: 7200 } })
    const web = decide(spec, pod)
    expect(idsOf(web)).toEqual(['=/prod/ns/shop/sa/web'])
    expect(web).toMatchObject({ rules: { x509Seconds: 10, jwtSeconds: 7200 } })
    expect(decide(spec, { ...pod, 'kubernetes.pod.namespace': 'other' })).toMatchObject({ rules: { x509Seconds: 3600 } })
  })

  test('what a policy has decided of other workloads before changes no decision', () => {
    const paths = {
      pathTemplate: '/{{a}}/x/{{b}}',
      additionalIdentities: [
        { pathTemplate: '/{{b}}{{a}}', hint: 'other' },
        { pathTemplate: '/fixed', hint: 'fixed' },
      ],
    }
    const compiled = compilePolicy(IssuancePolicySpec.parse({ policy: paths }), { trustDomain: domain(), platform: 'k8s', realm: undefined })
    const value = fc.option(fc.constantFrom('a', 'b', 'ab', '', '.', 'spirl', 'a/b'), { nil: undefined })
    fc.assert(
      fc.property(value, value, (a, b) => {
        const attributes = { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) }
        expect(plain(compiled(new Map(Object.entries(attributes))))).toEqual(plain(decide({ policy: paths }, attributes)))
      }),
    )
  })

  test('the same attributes give the same decision, in whatever order they come', () => {
    const compiled = compilePolicy(IssuancePolicySpec.parse(spec), { trustDomain: domain(), platform: 'k8s', realm: undefined })
    fc.assert(
      fc.property(fc.shuffledSubarray(Object.entries(pod), { minLength: 4 }), (entries) => {
        expect(idsOf(compiled(new Map(entries)))).toEqual(idsOf(decide(spec, pod)))
      }),
    )
  })
})

describe('additional identities', () => {
  const additionalIdentities = [
    { pathTemplate: '/canary/{{kubernetes.pod.service_account}}', hint: 'canary', when: { 'kubernetes.pod.namespace': 'shop' } },
    { pathTemplate: '/team/{{kubernetes.pod.label.team}}', hint: 'team' },
    { pathTemplate: '/prod/ns/shop/sa/web', hint: 'same' },
  ]

  test('rule 33: the default identity comes first, the rest in order; what cannot be rendered, or is there already, is left out and said', () => {
    const decision = decide({ policy: { additionalIdentities } }, pod)
    expect(idsOf(decision)).toEqual(['=/prod/ns/shop/sa/web', 'canary=/canary/web'])
    expect(decision).toMatchObject({ omitted: [expect.stringMatching(/^team: .*label\.team/), expect.stringMatching(/^same: /)] })
    expect(idsOf(decide({ policy: { additionalIdentities } }, { ...pod, 'kubernetes.pod.label.team': 'blue' }))).toEqual([
      '=/prod/ns/shop/sa/web',
      'canary=/canary/web',
      'team=/team/blue',
    ])
  })

  test('rule 33: hints are unique and at most 1,024 bytes', () => {
    const twice = IssuancePolicySpec.safeParse({ policy: { additionalIdentities: [additionalIdentities[0], additionalIdentities[0]] } })
    expect(twice.error?.issues[0]?.path).toEqual(['policy', 'additionalIdentities', 1, 'hint'])
    for (const hint of ['', 'ä'.repeat(513)]) {
      expect(IssuancePolicySpec.safeParse({ policy: { additionalIdentities: [{ pathTemplate: '/x', hint }] } }).success).toBe(false)
    }
  })
})

describe('times to live', () => {
  test.each([
    [{ x509: { ttl: '9s' } }, false],
    [{ x509: { ttl: '10s' } }, true],
    [{ x509: { ttl: '31d' } }, false],
    [{ jwt: { ttl: '299s' } }, false],
    [{ jwt: { ttl: '5m' } }, true],
    [{ jwt: { ttl: '168h' } }, true],
    [{ jwt: { ttl: '169h' } }, false],
    [{ jwt: { ttl: '1 h' } }, false],
    [{ jwt: { ttl: '3600' } }, false],
  ])('%j is accepted: %s', (policy, accepted) => {
    expect(IssuancePolicySpec.safeParse({ policy }).success).toBe(accepted)
  })
})

test.each([
  ['1h30m', 5400],
  ['7d', 604_800],
  ['90s', 90],
  ['0s', undefined],
  ['-1h', undefined],
  ['', undefined],
])('a duration of %s is %s seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

describe('claims and subject', () => {
  test.each(RESERVED_CLAIMS)('rule 14: claim %s is the token’s own', (name) => {
    expect(parseClaims({ [name]: 'x' })).toMatchObject({ ok: false, claim: name })
    expect(IssuancePolicySpec.safeParse({ policy: { jwt: { additionalClaims: { [name]: 'x' } } } }).success).toBe(false)
  })

  test('the older notation says the same as a map; a claim without its attribute is left out', () => {
    const attributes = new Map(Object.entries(pod))
    for (const spec of [
      'team={{kubernetes.pod.namespace}},tier=gold,none={{missing}}',
      { team: '{{kubernetes.pod.namespace}}', tier: 'gold', none: '{{missing}}' },
    ]) {
      const parsed = parseClaims(spec)
      expect(parsed.ok && renderClaims(parsed.claims, attributes)).toEqual({ team: 'shop', tier: 'gold' })
    }
  })

  test('claims that are larger than a token may carry are refused', () => {
    const parsed = parseClaims({ a: '{{a}}' })
    expect(parsed.ok && renderClaims(parsed.claims, new Map([['a', 'x'.repeat(1025)]]))).toBeUndefined()
  })

  test('a subject is parts with templates; escapes keep commas', () => {
    const parsed = parseSubject('CN={{kubernetes.pod.service_account}},O=Shop\\, Inc,C=DE')
    expect(parsed.ok && renderSubject(parsed.subject, new Map(Object.entries(pod)))).toEqual({
      ok: true,
      subject: [
        { type: 'CN', value: 'web' },
        { type: 'O', value: 'Shop, Inc' },
        { type: 'C', value: 'DE' },
      ],
    })
    const plain = parseSubject('CN=web,O=Shop\\, Inc\\\\,C=DE')
    const rendered = plain.ok && renderSubject(plain.subject, new Map())
    expect(rendered && rendered.ok && formatSubject(rendered.subject)).toBe('CN=web,O=Shop\\, Inc\\\\,C=DE')
    for (const wrong of ['', 'CN', 'XX=1', 'C=GER', 'CN=', `O=${'x'.repeat(65)}`]) expect(parseSubject(wrong).ok).toBe(false)
  })
})

test.each([
  [['sts.amazonaws.com'], 'RS256'],
  [['api://AzureADTokenExchange'], 'RS256'],
  [['//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x'], 'RS256'],
  [['shop'], 'ES256'],
  [['shop', 'sts.amazonaws.com'], 'RS256'],
  [['https://vault.example.org/v1'], 'RS256'],
  [['https://other.example.org'], 'ES256'],
] as const)('rule 42: audience %j is signed with %s', (audience, algorithm) => {
  expect(algorithmChooser(['https://vault.example.org/*'])([...audience])).toBe(algorithm)
})
