import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { senseOfName } from './sense.ts'
import { splitName } from './words.ts'

describe('names', () => {
  test.each([
    ['dbPassword', 'db password'],
    ['DB_PASSWORD', 'db password'],
    ['spring.datasource.password', 'spring datasource password'],
    ['dbpassword', 'db password'],
    ['mysqlrootpassword', 'mysql root password'],
    ['AWSSecretAccessKey', 'aws secret access key'],
    ['apikey', 'apikey'],
    ['myserviceapikey', 'my service apikey'],
    ['compass', 'compass'],
    ['PASSWORD2', 'password'],
  ])('%s reads %s', (name, words) => {
    expect(splitName(name).join(' ')).toBe(words)
  })

  test('a letter of another language changes nothing about the words before it', () => {
    const pieces = fc.constantFrom('db', 'Password', 'APIKey', 'KEY', 'aB', 'AB', 'x', '_', '.', '-', ' ', '2', '19', 'oauth2', 'tokenFor', '$', 'shop')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (chosen) => {
        const name = chosen.join('')
        expect(splitName(`${name} é`)).toEqual([...splitName(name), 'é'])
      }),
    )
  })

  test.each([
    'TOKEN_TTL',
    'PUBLIC_KEY_URL',
    'PASSWORD_MIN_LENGTH',
    'KEYCLOAK_URL',
    'secretName',
    'password_file',
    'tokenizer',
    'key_prefix',
    'author',
    'passthrough',
    'keyspace',
  ])('%s names no secret', (name) => {
    expect(senseOfName(name)).toBeUndefined()
  })
})
