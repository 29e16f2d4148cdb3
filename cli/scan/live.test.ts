import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { peerIsMissing, startCluster, type Cluster } from '@mintmark/tools/peers'
import { runSpirlctl, withFolder } from '../testing.ts'

const CANARY = 'kanarek-Zielony-7714'

function configMap(name: string, data: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data }
}

describe.skipIf(peerIsMissing('kubernetes'))('a live cluster', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster({ controllerManager: false })
    await cluster.api.create([{ path: '/api/v1/namespaces/default/configmaps', object: configMap('first', { 'app.env': `DB_PASSWORD=${CANARY}` }) }])
  }, 120_000)
  afterAll(async () => await cluster.stop(), 60_000)

  const kubeconfigIn = async (home: string, text: string): Promise<string> => {
    const path = join(home, 'kubeconfig')
    await writeFile(path, text)
    return path
  }

  test('is scanned, then watched: a change is printed as it happens, and Ctrl-C ends it in order', async () => {
    await withFolder(async (home) => {
      let isChanged = false
      const finished = await runSpirlctl(home, ['scan', 'kubernetes', '--kubeconfig', cluster.kubeconfig, '--watch'], {
        onText({ stdout, stderr }, kill) {
          if (!isChanged && stderr.includes('Watching for changes')) {
            isChanged = true
            const object = configMap('second', { 'app.env': `SMTP_PASSWORD=${CANARY}-2` })
            void cluster.api.create([{ path: '/api/v1/namespaces/default/configmaps', object }])
          }
          if (stdout.includes('default/configmaps/second: 1 secret')) kill('SIGINT')
        },
      })
      expect(finished.code, finished.stderr).toBe(0)
      expect(finished.stdout).toContain('default/ConfigMap/first app.env › DB_PASSWORD')
      expect(finished.stdout).toMatch(/new {2}Password .*in default\/ConfigMap\/second app\.env › SMTP_PASSWORD/)
      expect(finished.stdout + finished.stderr).not.toContain(CANARY)
    })
  })

  test('without rights it says what could not be read and which permission is missing, and ends with 0', async () => {
    await withFolder(async (home) => {
      const kubeconfig = await cluster.kubeconfigFor('nobody')
      const finished = await runSpirlctl(home, ['scan', 'kubernetes', '--kubeconfig', kubeconfig])
      expect(finished.code, finished.stderr).toBe(0)
      expect(finished.stdout).toMatch(/\d+ of 11 collections could not be read completely/)
      expect(finished.stdout).toMatch(/secrets: denied\. Grant .*secrets/)
      expect(finished.stdout).toContain('the rest is unknown')
    })
  })

  test("a kubeconfig that is none is the user's mistake", async () => {
    await withFolder(async (home) => {
      const path = await kubeconfigIn(home, `clusters: [${CANARY}`)
      const finished = await runSpirlctl(home, ['scan', 'kubernetes', '--kubeconfig', path])
      expect(finished.code).toBe(1)
      expect(finished.stderr).not.toMatch(/bug of its own/)
      expect(finished.stderr).not.toContain(CANARY)
    })
  })
})
