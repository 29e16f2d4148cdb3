import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@mintmark/ledger/model'
import { afterAll, describe, expect, test } from 'vitest'
import { readControllerSettings } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'mintmark-controller-'))
afterAll(() => rmSync(folder, { recursive: true }))

function settingsOf(yaml: string): ReturnType<typeof readControllerSettings> {
  const file = join(folder, 'controller.yaml')
  writeFileSync(file, yaml)
  return readControllerSettings(['--config', file], 'spirl-system')
}

describe('settings of the controller', () => {
  test('without a file, labelled pods of every namespace get the socket and nothing waits for us', () => {
    const { controller } = readControllerSettings([], 'spirl-system')
    expect(controller.registration).toEqual({
      name: 'spirl-controller',
      address: { service: { namespace: 'spirl-system', name: 'spirl-controller', port: 443 } },
      namespaceSelector: {},
      objectSelector: { matchLabels: { 'k8s.spirl.com/spiffe-csi': 'enabled' } },
      failure: 'open',
    })
    expect(controller.names).toContain('spirl-controller.spirl-system.svc')
    expect(controller.injection).toMatchObject({ mountPath: '/spirl-agent-socket', socketFileName: 'agent.sock' })
  })

  test('the platform is read in any case, and single settings of its socket can be changed', () => {
    const { controller } = settingsOf('platform: EKS-Istio\nsocket: {volumeName: mesh}\nwebhook: {failurePolicy: Fail}\n')
    expect(controller.injection).toMatchObject({ volumeName: 'mesh', mountPath: '/run/secrets/workload-spiffe-uds', socketFileName: 'socket' })
    expect(controller.registration.failure).toBe('closed')
  })

  test.each([
    ['an unknown field', 'webhoook: {}', /webhoook/],
    ['an address without TLS', 'webhook: {url: "http://example.org"}', /url/],
  ])('%s is refused by its name', (_name, yaml, reason) => {
    expect(() => settingsOf(yaml)).toThrow(UserError)
    expect(() => settingsOf(yaml)).toThrow(reason)
  })
})
