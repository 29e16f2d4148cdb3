import { BlockList, isIP, isIPv6 } from 'node:net'

/** Networks that a URL out of configuration may not reach, because they are this machine, its neighbours or a cloud's metadata (RFC 6890 and cloud documentation). */
const INSIDE: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['::1', 128],
  // IPv4 inside of IPv6: mapped, translated, tunnelled. Whoever means an IPv4 address can write one.
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['2001::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
]

/** Decides which addresses a URL out of configuration may lead to. */
export interface AddressGuard {
  /** True when the host was allowed by name, whatever it resolves to. */
  allowsHost(host: string): boolean
  allowsAddress(address: string): boolean
}

/**
 * Everything public is allowed; of what lies inside, only what a setting names: host names, addresses and CIDR ranges.
 *
 * @throws RangeError for an entry that is none of these
 */
export function createAddressGuard(allowed: readonly string[]): AddressGuard {
  const inside = new AddressSet(INSIDE)
  const exempt = new AddressSet([])
  const hosts = new Set<string>()
  for (const entry of allowed) {
    const [network = '', bits] = entry.split('/')
    if (isIP(network) === 0) {
      if (bits !== undefined || !/^[A-Za-z0-9.-]{1,253}$/.test(network)) throw new RangeError(`"${entry}" is neither a host name, an address nor a CIDR range`)
      hosts.add(network.toLowerCase())
      continue
    }
    const length = bits === undefined ? (isIPv6(network) ? 128 : 32) : Number(bits)
    if (!Number.isInteger(length) || length < 0 || length > (isIPv6(network) ? 128 : 32)) throw new RangeError(`"${entry}" is no CIDR range`)
    exempt.add(network, length)
  }
  return {
    allowsHost: (host) => hosts.has(host.toLowerCase()),
    allowsAddress: (address) => isIP(address) !== 0 && (exempt.has(address) || !inside.has(address)),
  }
}

/** Networks by family. One `BlockList` for both would take every IPv4 address for one of `::ffff:0:0/96`. */
class AddressSet {
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() }

  constructor(networks: readonly (readonly [network: string, bits: number])[]) {
    for (const [network, bits] of networks) this.add(network, bits)
  }

  add(network: string, bits: number): void {
    const family = familyOf(network)
    this.#lists[family].addSubnet(network, bits, family)
  }

  has(address: string): boolean {
    const family = familyOf(address)
    return this.#lists[family].check(address, family)
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}
