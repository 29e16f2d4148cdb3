import { BlockList, isIP, type Socket } from 'node:net'

/** Where connections go through, by the usual variables of the environment. */
export interface Proxy {
  readonly host: string
  readonly port: number
  /** User and password of the URL, for `Proxy-Authorization`. */
  readonly credentials: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Longest head of a proxy's answer, in bytes. */
const HEAD_BYTES_MAX = 16 * 1024
const HTTP_PORT = 80

/**
 * The proxy for a host: `grpc_proxy`, else `https_proxy`, else `http_proxy`, unless `no_grpc_proxy` or `no_proxy` names the host. Each may stand in
 * capitals as well, as pods often have them.
 *
 * @throws Error when the variable holds something else than an http URL
 */
export function proxyFor(host: string, environment: Environment): Proxy | undefined {
  const [name, text] = variableOf(['grpc_proxy', 'https_proxy', 'http_proxy'], environment)
  if (text === '' || isExempt(host, variableOf(['no_grpc_proxy', 'no_proxy'], environment)[1])) return undefined
  const url = URL.parse(text)
  if (url?.protocol !== 'http:') throw new Error(`The variable ${name} is no http:// URL`)
  const credentials = url.username === '' ? undefined : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return { host: url.hostname.replaceAll(/[[\]]/g, ''), port: url.port === '' ? HTTP_PORT : Number(url.port), credentials }
}

/** The first of the variables that is set, by its name or by that in capitals, and what it holds; empty when none is. */
function variableOf(names: readonly string[], environment: Environment): readonly [name: string, text: string] {
  const name = names.flatMap((each) => [each, each.toUpperCase()]).find((each) => (environment[each] ?? '') !== '') ?? ''
  return [name, environment[name] ?? '']
}

/** Hosts, domains with all that is below them, addresses and networks, divided by commas; a star is everything. */
function isExempt(host: string, list: string): boolean {
  return list
    .split(',')
    .map((one) => one.trim())
    .some(
      (one) => one === '*' || (one.includes('/') ? isWithin(host, one) : one !== '' && (host === one || host.endsWith(one.startsWith('.') ? one : `.${one}`))),
    )
}

function isWithin(host: string, network: string): boolean {
  const [address = '', bits = ''] = network.split('/')
  const [family, hostFamily] = [isIP(address), isIP(host)]
  const length = Number(bits)
  if (family === 0 || family !== hostFamily || !/^\d+$/.test(bits) || length > (family === 4 ? 32 : 128)) return false
  const name = family === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(address, length, name)
  return list.check(host, name)
}

/**
 * Asks a proxy that is connected to for a way on.
 *
 * @param authority host and port behind it
 * @param signal ends the wait for its answer
 * @throws Error unless it opens one
 */
export function passThrough(socket: Socket, authority: string, { credentials }: Proxy, signal: AbortSignal): Promise<void> {
  const authorization = credentials === undefined ? '' : `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0)
    function leave(): void {
      socket.off('data', take).off('error', reject).off('close', lost)
      signal.removeEventListener('abort', giveUp)
    }
    const refuse = (happened: string): void => {
      leave()
      reject(new Error(happened))
    }
    const lost = (): void => refuse('the proxy closed the connection')
    const giveUp = (): void => refuse('the proxy took too long')
    function take(piece: Buffer): void {
      head = Buffer.concat([head, piece])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0 && head.length <= HEAD_BYTES_MAX) return
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1', 0, 16))?.[1]
      if (end < 0 || status === undefined || !status.startsWith('2')) {
        refuse(status === undefined ? 'the proxy answered something else than HTTP' : `the proxy answered ${status}`)
        return
      }
      leave()
      socket.pause()
      if (head.length > end + 4) socket.unshift(head.subarray(end + 4))
      resolve()
    }
    socket.on('data', take).on('error', reject).on('close', lost)
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) return giveUp()
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`)
  })
}
