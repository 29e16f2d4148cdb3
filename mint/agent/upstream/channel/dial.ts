import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext } from 'node:tls'
import { authorityOf, type ServerAddress } from './address.ts'
import { passThrough, proxyFor } from './proxy.ts'

/**
 * How a server proves itself: contexts of TLS, of which each trusts more than the one before. Undefined: it does not have to.
 * The first holds the few roots that are expected, so that the many of the system, which are some megabytes, are read only by who needs them.
 */
export type ChannelSecurity = readonly [() => SecureContext, ...(() => SecureContext)[]] | undefined

/** A connection, and which of the contexts it was made with. */
export interface Dialled {
  readonly socket: Socket
  readonly context: number
}

/**
 * Connects, through the proxy of the environment where there is one, and makes sure of the server.
 *
 * @param from index of the first context to try
 * @param signal ends the try
 * @throws Error of the system, of the proxy or of TLS
 */
export async function dial(address: ServerAddress, security: ChannelSecurity, from: number, signal: AbortSignal): Promise<Dialled> {
  if (security === undefined) return { socket: await openSocket(address, signal), context: 0 }
  for (let context = from; ; context++) {
    const secure = security[context] ?? security[0]
    const socket = await openSocket(address, signal)
    try {
      return { socket: await secureSocket(socket, address, secure(), signal), context }
    } catch (error) {
      // Who is not known by these roots may be by more of them; whatever else went wrong would go wrong again.
      if (!isUnknown(error) || context + 1 >= security.length) throw error
    }
  }
}

/** Whether the server has shown a certificate that these roots do not vouch for: errors of verification alone have codes such as `SELF_SIGNED_CERT_IN_CHAIN`. */
function isUnknown(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(?!ERR_)[A-Z]+_/.test(error.code)
}

async function openSocket(address: ServerAddress, signal: AbortSignal): Promise<Socket> {
  const proxy = 'path' in address ? undefined : proxyFor(address.host, process.env)
  const socket = connectPlain(proxy === undefined ? address : { host: proxy.host, port: proxy.port })
  socket.setNoDelay(true)
  await settled(socket, 'connect', signal)
  if (proxy === undefined) return socket
  try {
    await passThrough(socket, authorityOf(address), proxy, signal)
    return socket
  } catch (error) {
    socket.on('error', () => undefined)
    socket.destroy()
    throw error
  }
}

async function secureSocket(socket: Socket, address: ServerAddress, secureContext: SecureContext, signal: AbortSignal): Promise<Socket> {
  const host = 'path' in address ? 'localhost' : address.host
  // An address is never named to a server (RFC 6066 section 3); its certificate must be for that address all the same.
  const named = isIP(host) === 0 ? { servername: host } : {}
  const secured = connectTls({ socket, host, ...named, secureContext, ALPNProtocols: ['h2'] })
  await settled(secured, 'secureConnect', signal)
  return secured
}

/** Waits for an event; whatever comes instead ends the socket. */
function settled(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    function leave(): void {
      socket.off(event, done).off('error', fail).off('close', close)
      signal.removeEventListener('abort', give)
    }
    const done = (): void => {
      leave()
      resolve()
    }
    const fail = (error: Error): void => {
      leave()
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    const close = (): void => fail(new Error('the connection was closed'))
    const give = (): void => fail(new Error('the connection took too long'))
    socket.once(event, done).once('error', fail).once('close', close)
    signal.addEventListener('abort', give)
    if (signal.aborted) give()
  })
}
