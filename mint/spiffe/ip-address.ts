import { Buffer } from 'node:buffer'

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/
const GROUP = /^[0-9a-fA-F]{1,4}$/
const IPV6_GROUPS = 8
/** The longest form: six groups and a dotted tail. */
const CHARACTERS_MAX = 45

/**
 * An IP address in the bytes of a certificate: 4 or 16 (RFC 5280 section 4.2.1.6).
 *
 * @throws RangeError when the text is no address; zones (`%eth0`) mean nothing elsewhere and are none
 */
export function ipAddressBytes(address: string): Uint8Array {
  const bytes = parse(address)
  if (bytes === undefined) throw new RangeError('An IP address of the certificate is neither IPv4 nor IPv6.')
  return bytes
}

/** Whether a text is an IPv4 or IPv6 address that can stand in a certificate. */
export function isIpAddress(address: string): boolean {
  return parse(address) !== undefined
}

function parse(address: string): Uint8Array | undefined {
  return address.length > CHARACTERS_MAX ? undefined : (ipv4Bytes(address) ?? ipv6Bytes(address))
}

function ipv4Bytes(address: string): Uint8Array | undefined {
  const octets = IPV4.exec(address)?.slice(1) ?? []
  // A leading zero is octal to some readers and decimal to others.
  if (octets.length !== 4 || octets.some((octet) => Number(octet) > 255 || (octet.length > 1 && octet.startsWith('0')))) return undefined
  return Uint8Array.from(octets, Number)
}

function ipv6Bytes(address: string): Uint8Array | undefined {
  const tailStart = address.lastIndexOf(':') + 1
  const tail = ipv4Bytes(address.slice(tailStart))
  // A dotted tail is written as two groups first, so that only groups of hex digits remain.
  const text =
    tail === undefined
      ? address
      : `${address.slice(0, tailStart)}${Buffer.from(tail)
          .toString('hex')
          .replace(/^(.{4})/, '$1:')}`
  const halves = text.split('::')
  if (tailStart === 0 || halves.length > 2) return undefined
  const [front = [], back = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = IPV6_GROUPS - front.length - back.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...front, ...Array.from({ length: missing }, () => '0'), ...back]
  if (!groups.every((group) => GROUP.test(group))) return undefined
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex')
}
