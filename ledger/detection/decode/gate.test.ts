import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FORMAT_RULES, KEYED_RULES } from '../catalogue.ts'
import { isHotName } from '../names/hot.ts'
import { senseOfName } from '../names/sense.ts'
import { mayNameSecret } from '../names/stems.ts'
import { SECRET_WORDS } from '../names/vocabulary.ts'
import { Prefilter } from '../prefilter.ts'
import { HotSpots, isCold, isColdChartText } from './gate.ts'

/** Names that a pattern of plain alternatives and optional letters stands for. */
function namesOf(source: string): readonly string[] {
  let names = ['']
  let rest = source.replaceAll('(?:^|_)', '').replace(/\$$/, '')
  while (rest !== '') {
    const group = /^\(\?:((?:[^()]|\((?:[^()]|\([^()]*\)\??)*\)\??)*)\)(\?)?/.exec(rest)
    const letter = /^([\w])(\?)?/.exec(rest)
    const [whole = rest, inner = '', optional] = group ?? letter ?? []
    const choices = group === null ? [inner] : inner.split(/\|(?![^(]*\))/).flatMap(namesOf)
    names = names.flatMap((name) => [...(optional === undefined ? [] : [name]), ...choices.map((choice) => name + choice)])
    rest = rest.slice(whole.length)
  }
  return names
}

describe('what the gate must let through', () => {
  test.each(SECRET_WORDS)('the word %s in a name', (word) => {
    for (const name of [word, `db_${word}`, word.toUpperCase(), `DB_${word.toUpperCase()}`, `db.${word}`]) {
      if (!mayNameSecret(name) || senseOfName(name) === undefined) continue
      for (const text of [`${name}=abc`, `${name}: abc`, `${name} = abc`, `a: 1\n"${name}": "abc"`, `${name}\tabc`, `\\n${name}=abc`])
        expect({ text, isCold: isCold(text) }).toEqual({ text, isCold: false })
    }
  })

  test('every name that a rule of the catalogue asks for', () => {
    const missed = KEYED_RULES.flatMap((rule) => {
      const owners = rule.name.owner === undefined ? [''] : namesOf(rule.name.owner.source)
      return owners.flatMap((owner) =>
        namesOf(rule.name.last.source).map((last) => `${owner}${owner === '' ? '' : '_'}${last}`.replaceAll('__', '_').replace(/^_/, '')),
      )
    }).filter((name) => !isHotName(name) || isCold(`${name}=x`) || isCold(`${name.toUpperCase()}: x`))
    expect(missed).toEqual([])
  })

  test.each(['${DB_PASSWORD}', '$(DB_PASSWORD)', '{{ .Values.db.password }}', '%DB_PASSWORD%', 'vault:kv/data/app#x', 'ENC[AES256_GCM,data:abc]', 'op://vault/item', '#{db.password}#', '@db.password@', '__DB_PASSWORD__', '<path:kv/app#x>'])(
    'the reference %s', (reference) => {
      for (const text of [reference, `host: ${reference}`, `host="${reference}"`, `a: 1\nhost: ${reference}\nb: 2`]) expect(isCold(text)).toBe(false)
    },
  ) // prettier-ignore

  test.each(['curl -u someone:abc https://example.net', 'redis-cli -a abc', 'a: 1\n- mysql\n- -pabc'])('the flag in %j', (text) => {
    for (const wrapped of [text, `cmd: ${text}`, `${'level: info\n'.repeat(9)}${text}`]) expect(isCold(wrapped)).toBe(false)
  })

  test('base64 of a text', () => {
    const hidden = Buffer.from('user: someone\nhost: somewhere\n').toString('base64')
    for (const text of [hidden, `data=${hidden}`, `a: 1\nblob: ${hidden}\n`]) expect(isCold(text)).toBe(false)
  })
})

describe('what the gate stops', () => {
  test.each([
    'true', '8080', 'info', 'orders-db.shop.svc', '/var/log/app.log', 'https://shop.example.net/path', 'docker.io/library/redis:7.2', 'kafka-0.kafka:9092,kafka-1.kafka:9092',
    'host: ${DB_HOST}', '{{ .Values.host }}', 'location / {\n  proxy_pass http://shop:8080;\n  grpc_pass grpc://$backend;\n}\n', 'mkdir -p /var/log && tar -a x', 'mapping: design\npath: /etc/pattern\n', 'secretName: orders\ntokenTtl: 30s\npassword_min_length: 8\n', '-----BEGIN CERTIFICATE-----\nMIHdMIGQoAMCAQICCBZZZLXULCdIMAUGAytlcDAVMRMwEQYDVQQDDAprdWJlcm5l\n-----END CERTIFICATE-----\n',
  ])('%j', (text) => { expect(isCold(text)).toBe(true) }) // prettier-ignore

  test('what short and long texts are told by is the same', () => {
    const pieces = [
      'password',
      '${X}',
      'key: ',
      'AKIA',
      ' -p',
      'mysql',
      'vault:x',
      '\n',
      'ł',
      'ş',
      '数',
      'token=',
      'ghp_',
      '://a:b@',
      'dXNlcjogc29tZW9uZQo=',
      'host',
      ' ',
      'Passwd ',
      'ENC[A',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 6 }), (chosen) => {
        const text = chosen.join('')
        fc.pre(text.length < 48)
        expect({ text, isCold: isCold(`${text}\n${' '.repeat(64)}`) }).toEqual({ text, isCold: isCold(`${text}\n`) })
      }),
    )
  })

  test('hot places are known by their offset', () => {
    const text = `${'level: info\n'.repeat(50)}password: abc\n${'level: info\n'.repeat(50)}`
    const at = text.indexOf('password')
    const hot = new HotSpots(text)
    expect([hot.within(0, at), hot.within(at, at + 8), hot.within(at + 8, text.length)]).toEqual([false, true, false])
  })
})

describe('files of a chart', () => {
  const before = 'apiVersion: v1\nkind: Deployment\nmetadata:\n  name: shop\n'
  test.each([
    '  password: {{ .Values.password | b64enc }}\n',
    '  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: shop\n        key: db-password\n',
    '  {{- if .Values.auth.password }}\n',
    '  imagePullSecrets:\n  - name: registry\n',
    '  - key: node-role\n    operator: Exists\n',
  ])('%j names a secret and holds none', (text) => {
    expect(isColdChartText(before + text)).toBe(true)
  })

  test.each([
    '  password: s3cr3tpw1\n',
    '  - name: DB_PASSWORD\n    value: s3cr3tpw1\n',
    '  - value: s3cr3tpw1\n    name: DB_PASSWORD\n',
    '  args: [--password, s3cr3tpw1]\n',
    '  passwords:\n    alice: s3cr3tpw1\n',
    '  - key: 8f14e45fceea167a5a36dedd4bea2543\n',
  ])('%j may hold one', (text) => {
    expect(isColdChartText(before + text)).toBe(false)
  })
})

test('the operations of a scan grow no faster than its text', () => {
  let verified = 0
  const prefilter = new Prefilter(FORMAT_RULES.flatMap((rule) => rule.anchors.map((anchor) => [anchor, rule] as const)))
  const count = (text: string): number => {
    verified = 0
    prefilter.some(text, () => {
      verified += 1
      return false
    })
    return verified
  }
  for (const piece of ['a://', 'ghp_', 'password=', '<a', '${', 'sk-sk-', 'eyJhbGci.']) {
    const once = count(piece.repeat(500))
    expect(count(piece.repeat(5_000))).toBeLessThanOrEqual(once * 10 + 10)
  }
})
