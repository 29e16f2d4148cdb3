import { describe, expect, test } from 'vitest'
import { familyOf, globalHost } from './endpoints.ts'

describe('the family of a scheme', () => {
  test.each([
    ['postgres', 'postgresql'],
    ['jdbc:postgresql', 'postgresql'],
    ['postgresql+asyncpg', 'postgresql'],
    ['mysql+pymysql', 'mysql'],
    ['rediss', 'redis'],
    ['mongodb+srv', 'mongodb'],
    ['SQL Server', 'sqlserver'],
    ['https', 'https'],
  ])('%s is %s', (scheme, family) => {
    expect(familyOf(scheme)).toBe(family)
  })
})

describe('a host that means the same everywhere', () => {
  test.each([
    ['db', 'db.shop.svc@c1'],
    ['DB.data.svc', 'db.data.svc@c1'],
    ['db.data.svc.cluster.local.', 'db.data.svc@c1'],
    ['db.eu-west-1.rds.amazonaws.com', 'db.eu-west-1.rds.amazonaws.com'],
    ['10.0.0.7', '10.0.0.7'],
  ])('%s, seen in namespace shop of cluster c1, is %s', (host, expected) => {
    expect(globalHost(host, 'shop', 'c1')).toBe(expected)
  })

  test.each(['localhost', '127.0.0.1', '::1'])('%s is another server in every pod', (host) => {
    expect(globalHost(host, 'shop', 'c1')).toBeUndefined()
  })
})
