import { isIP } from 'node:net'
import { refuse, type Checked } from '@mintmark/spiffe'

/** The environment variable that tells a workload where its Workload API is (SPIFFE Workload Endpoint, section 4). */
export const ENDPOINT_VARIABLE = 'SPIFFE_ENDPOINT_SOCKET'

/** RFC 6335: ports that can be dialled. */
const PORT_MAX = 65_535

/**
 * Checks an address of a Workload API (rule 26): `unix:///absolute/path` without authority, or `tcp://IP:port`, and nothing else.
 *
 * @returns the address in the form that grpc-js dials
 */
export function parseEndpointAddress(text: string): Checked<{ target: string }> {
  if (text.startsWith('unix:')) return parseUnix(text)
  if (text.startsWith('tcp://')) return parseTcp(text.slice('tcp://'.length))
  return refuse('address of the Workload API starts with neither "unix://" nor "tcp://"')
}

function parseUnix(text: string): Checked<{ target: string }> {
  const path = text.slice('unix://'.length)
  if (!text.startsWith('unix:///')) return refuse('address of the Workload API names no absolute path: unix:///path/to/socket')
  if (/[?#\0]/.test(path)) return refuse('address of the Workload API has a query, a fragment or a zero byte')
  if (path === '/' || path.endsWith('/')) return refuse('address of the Workload API names a folder, not a socket')
  return { ok: true, target: `unix://${path}` }
}

function parseTcp(text: string): Checked<{ target: string }> {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text)
  const [, ipv6, ipv4, portText] = match ?? []
  const port = Number(portText)
  if (portText === undefined || port < 1 || port > PORT_MAX) return refuse('address of the Workload API is not tcp://IP:port')
  if (ipv4 !== undefined && isIP(ipv4) === 4) return { ok: true, target: `ipv4:${ipv4}:${port}` }
  if (ipv6 !== undefined && isIP(ipv6) === 6) return { ok: true, target: `ipv6:[${ipv6}]:${port}` }
  return refuse('address of the Workload API has a host that is no IP address')
}
