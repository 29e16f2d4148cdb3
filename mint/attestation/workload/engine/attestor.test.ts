import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Attributes } from '../../model.ts'
import { createDockerAttestor, type DockerSettings } from './attestor.ts'

const cid = 'a'.repeat(64)
const container = {
  Id: cid,
  Name: '/shop-web-1',
  Image: `sha256:${'1'.repeat(64)}`,
  Config: {
    Image: 'registry.example.org/web:3',
    Labels: { app: 'web', 'com.docker.compose.service': 'web' },
    Env: ['APP_VERSION=1.2.3', 'APP_URL=a=b', 'DB_PASSWORD=not-a-real-one', 'EMPTY=', 'broken'],
  },
}

let folder: string
let socket: string
let server: Server
let containers: Record<string, unknown>
let status = 200

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-engine-'))
  socket = join(folder, 'docker.sock')
  containers = { [cid]: container }
  status = 200
  server = createServer((request, response) => {
    const found = containers[/^\/containers\/([0-9a-f]+)\/json$/.exec(request.url ?? '')?.[1] ?? '']
    response.writeHead(status === 200 && found === undefined ? 404 : status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ?? { message: 'No such container' }))
  })
  await new Promise<void>((resolve) => {
    server.listen(socket, resolve)
  })
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

async function attest(settings: DockerSettings = {}, cgroup = `0::/system.slice/docker-${cid}.scope`): Promise<Attributes> {
  const podmanSocketPath = join(folder, 'podman.sock')
  const attestor = createDockerAttestor({ dockerSocketPath: `unix://${socket}`, podmanSocketPath, ...settings }, { files: { read: () => cgroup } })
  return await attestor.attest({ peer: { pid: 7, uid: 0, gid: 0, isAlive: () => true }, signal: new AbortController().signal })
}

describe('the docker attestor', () => {
  test('names container, image and labels, and no variable of the environment', async () => {
    expect(Object.fromEntries(await attest())).toEqual({
      'docker.container.name': 'shop-web-1',
      'docker.container.image.name': 'registry.example.org/web:3',
      'docker.container.image.id': `sha256:${'1'.repeat(64)}`,
      'docker.container.label.app': 'web',
      "docker.container.label.'com.docker.compose.service'": 'web',
    })
  })

  test.each([
    [['APP_'], ['APP_VERSION', 'APP_URL']],
    [['app_'], []],
    [[''], []],
    [['EMPTY', 'broken'], ['EMPTY']],
  ])('of the environment only what begins with %j', async (includeEnvVars, expected) => {
    const names = [...(await attest({ includeEnvVars })).keys()].filter((name) => name.includes('.env.'))
    expect(names).toEqual(expected.map((name) => `docker.container.env.${name}`))
  })

  test('Podman is asked where Docker does not have the container', async () => {
    const attributes = await attest(
      { dockerSocketPath: join(folder, 'none.sock'), podmanSocketPath: socket },
      `0::/machine.slice/libpod-${cid}.scope/container`,
    )
    expect(attributes.get('docker.container.name')).toBe('shop-web-1')
  })

  test.each([
    ['a process in no container', '0::/system.slice/sshd.service'],
    ['a container of nobody here', `0::/kubepods/${'b'.repeat(64)}`],
  ])('%s has no attributes', async (_name, cgroup) => {
    expect((await attest({}, cgroup)).size).toBe(0)
  })

  test('a cgroup made below another container is refused', async () => {
    const outer = 'b'.repeat(64)
    containers[outer] = { ...container, Id: outer }
    await expect(attest({}, `0::/system.slice/docker-${outer}.scope/docker-${cid}.scope`)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' })
  })

  test('an answer about another container is not believed', async () => {
    containers[cid] = { ...container, Id: 'b'.repeat(64) }
    await expect(attest()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('an engine that fails is not an engine without the container', async () => {
    status = 500
    await expect(attest()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})
