/** Where a channel leads: a host and a port, or a Unix socket. */
export type ServerAddress = { readonly host: string; readonly port: number } | { readonly path: string }

const DEFAULT_PORT = 443

/** An endpoint as it stands in the settings: `host`, `host:port`, `[address]:port`, `unix:/path`. A host alone has the port of HTTPS. */
export function addressOf(endpoint: string): ServerAddress {
  if (endpoint.startsWith('unix:')) return { path: endpoint.slice('unix:'.length).replace(/^\/\/(?=\/)/, '') }
  const [, bracketed, named, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(endpoint) ?? []
  return { host: bracketed ?? named ?? endpoint, port: port === undefined ? DEFAULT_PORT : Number(port) }
}

/** What stands in `:authority`. */
export function authorityOf(address: ServerAddress): string {
  if ('path' in address) return 'localhost'
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
}
