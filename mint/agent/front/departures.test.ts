import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDepartures } from './departures.ts'

const CLIENTS = 200

test('everybody who has left is closed, whenever they came, and others are let in meanwhile', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mint-departures-'))
  const leave = createDepartures()
  const order: string[] = []
  let open = 0
  const empty = Promise.withResolvers<undefined>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open += 1
    order.push('came')
    socket.resume().once('end', () => leave(socket))
    socket.once('close', () => {
      order.push('left')
      open -= 1
      if (open === 0) empty.resolve(undefined)
    })
  })
  server.listen(join(folder, 's'))
  await once(server, 'listening')
  const clients: Socket[] = []
  for (let index = 0; index < CLIENTS; index++) {
    const client = connect(join(folder, 's'))
    await once(client, 'connect')
    clients.push(client)
  }
  const last = clients.pop()
  for (const client of clients) client.destroy()
  const late = connect(join(folder, 's'))
  await once(late, 'connect')
  late.destroy()
  last?.destroy()
  await empty.promise
  expect([order.filter((each) => each === 'came').length, order.filter((each) => each === 'left').length]).toEqual([CLIENTS + 1, CLIENTS + 1])
  server.close()
  await rm(folder, { recursive: true })
})
