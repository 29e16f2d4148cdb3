import { describe, expect, test } from 'vitest'
import type { Leaf } from '../leaf.ts'
import { isPlaceholder } from './placeholders.ts'
import { recogniseReference } from './references.ts'

function leafOf(text: string, field?: string): Leaf {
  const place = { entry: 0, origin: 'env' as const, line: 1, column: 1, encoding: [], siblings: [], aliases: [] }
  return { ...place, name: 'DB_PASSWORD', field, text, structure: 'value', historic: undefined }
}

describe('references', () => {
  test.each([
    ['vault:secret/data/app#password', 'vault'],
    ['ref+vault://secret/app#/password', 'vals'],
    ['<path:kv/data/app#password>', 'argocd-vault-plugin'],
    ['op://vault/item/password', 'onepassword'],
    ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-x1', 'aws-secrets-manager'],
    ['{{resolve:secretsmanager:app:SecretString:password}}', 'aws-secrets-manager'],
    ['projects/shop/secrets/db/versions/latest', 'gcp-secret-manager'],
    ['@Microsoft.KeyVault(SecretUri=https://shop.vault.azure.net/secrets/db)', 'azure-key-vault'],
    ['${DB_PASSWORD}', 'variable'],
    ['$(DB_PASSWORD)', 'variable'],
    ['%DB_PASSWORD%', 'variable'],
    ['{{ .Values.db.password }}', 'template'],
    ['env:DB_PASSWORD', 'variable'],
    ['file:///run/secrets/db', 'file'],
    ['/run/secrets/db', 'file'],
    ['secretRef:shop/db', 'secret-store'],
  ])('%s is one of %s', (text, kind) => {
    expect(recogniseReference(leafOf(text))).toStrictEqual({ kind, target: text })
  })

  test('encrypted values are references that are not shown', () => {
    expect(recogniseReference(leafOf('ENC[AES256_GCM,data:abcd,iv:efgh,tag:ij,type:str]'))).toStrictEqual({ kind: 'sops' })
    expect(recogniseReference(leafOf(`AgB${'x7Q/'.repeat(200)}`))).toStrictEqual({ kind: 'sealed-secret' })
  })

  test('the name of a Secret under secretKeyRef is a reference', () => {
    expect(recogniseReference(leafOf('shop-db', 'env[0].valueFrom.secretKeyRef.name'))?.kind).toBe('secret-key-ref')
  })

  test.each(['s3cr3tpw1', 'p@ss:w0rd', '$ecret9', 'a/b+c=', 'Passw0rd!', '${DB_PASSWORD:-s3cr3tpw1}', '100%sure9', 'x#y{z'])('%s is none', (text) => {
    expect(recogniseReference(leafOf(text))).toBeUndefined()
  })
})

describe('placeholders', () => {
  test.each([
    '',
    'changeme',
    'CHANGE_ME',
    'change-me-please',
    'your-password-here',
    'YOUR_API_KEY',
    '<password>',
    'REPLACE_ME',
    'TODO',
    'xxxxxx',
    '******',
    'null',
    'none',
    'example',
    'dummy-token',
    '${X}',
    '{{ .x }}',
    'insert-token-here',
    'redacted',
    '[REDACTED]',
    'tbd',
    'placeholder',
    'not-a-secret',
    'postgres://u:${PW}@h',
  ])('%s stands for something else', (text) => {
    expect(isPlaceholder(text)).toBe(true)
  })

  test.each(['s3cr3tpw1', 'postgres', 'admin', 'root', 'hunter22', 'Passw0rd!', 'minio123', 'guest', 'dragon', 'x9', 'password1', 'Exa2mple!9'])(
    '%s may be a real password',
    (text) => {
      expect(isPlaceholder(text)).toBe(false)
    },
  )
})
