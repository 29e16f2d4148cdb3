import { connect, createServer, type Socket } from 'node:net'

/** What happens to one connection: how often the client may speak before it is cut, or that it is held without an answer. */
export type Fate = number | 'stall'

/** A connection that is passed on for as long as it lasts. */
export const PASS: Fate = Number.POSITIVE_INFINITY

/** A TCP proxy in front of a server, which decides over each connection as it comes. */
export interface Proxy {
  readonly port: number
  /** Told the number of the connection, from 1. */
  fate: (connection: number) => Fate
  readonly connections: () => number
  /** Cuts all connections that are open now. */
  readonly cutAll: () => void
  readonly close: () => Promise<void>
}

/** Starts a proxy on a free loopback port that passes everything on until its fate says otherwise. */
export async function startProxy(targetPort: number): Promise<Proxy> {
  let count = 0
  const open = new Set<Socket>()
  const track = (socket: Socket): void => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    // A dropped connection is what this proxy is for.
    socket.on('error', () => socket.destroy())
  }
  const server = createServer((client) => {
    count += 1
    track(client)
    const fate = proxy.fate(count)
    if (fate === 'stall') client.resume()
    else {
      const target = connect(targetPort, '127.0.0.1')
      track(target)
      let writes = 0
      client.on('data', (bytes) => {
        writes += 1
        if (writes > fate) client.resetAndDestroy()
        else target.write(bytes)
      })
      target.pipe(client)
      client.once('close', () => target.destroy())
      target.once('close', () => client.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The system gave no port')
  const cutAll = (): void => open.forEach((socket) => socket.destroy())
  const proxy: Proxy = {
    port: address.port,
    fate: () => PASS,
    connections: () => count,
    cutAll,
    close() {
      cutAll()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return proxy
}
