import { UserError } from '@mintmark/ledger/model'

/**
 * The proxy that a cluster entry names (`proxy-url`). Requests to an API server with TLS go through it as a tunnel (CONNECT), so it sees nothing of them.
 *
 * @throws UserError for proxies of another protocol; the message holds no name or password of the address
 */
export function readProxy(text: string | undefined, cluster: string): URL | undefined {
  if (text === undefined || text === '') return undefined
  const proxy = URL.canParse(text) ? new URL(text) : undefined
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy
  const isSocks = proxy?.protocol.startsWith('socks') === true
  throw new UserError(
    'proxy-url',
    isSocks
      ? `Cluster ${cluster} is reached through a SOCKS proxy, which the scanner does not speak`
      : `The proxy-url of cluster ${cluster} is no address of a proxy`,
    isSocks
      ? 'Name an HTTP proxy (proxy-url: http://HOST:PORT), forward a port to the API server (ssh -L), or run the scanner inside the cluster'
      : 'Write it as http://HOST:PORT or https://HOST:PORT',
  )
}
