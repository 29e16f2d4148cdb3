import { areaOf, isTestFile } from './imports.ts'

/** Rooms that compute and do nothing else: the same inputs give the same result, on any day and any machine (law 4). */
const PURE_AREAS: readonly string[] = ['contract/scan', 'ledger/model', 'ledger/detection', 'ledger/linking', 'ledger/risk']

/** Modules of Node that only compute. */
const PURE_MODULES: ReadonlySet<string> = new Set(['node:buffer', 'node:crypto', 'node:url', 'node:util', 'node:zlib'])

/** Calls that read the world or change it, with what to do instead. */
const IMPURE_CALLS: ReadonlyMap<string, string> = new Map([
  ['Date.now', 'take the time as a parameter'],
  ['performance.now', 'take the time as a parameter'],
  ['Math.random', 'take what is random as a parameter'],
  ['randomBytes', 'take what is random as a parameter'],
  ['randomUUID', 'take what is random as a parameter'],
  ['crypto.randomUUID', 'take what is random as a parameter'],
  ['crypto.getRandomValues', 'take what is random as a parameter'],
  ['fetch', 'only connectors open outbound connections'],
  ['setTimeout', 'waiting belongs to who calls'],
  ['setInterval', 'waiting belongs to who calls'],
  ['setImmediate', 'waiting belongs to who calls'],
])

/** Modules of Node that open outbound connections or start programs, and the areas that may. */
const OUTBOUND_MODULES: ReadonlySet<string> = new Set([
  'node:http',
  'node:https',
  'node:http2',
  'node:net',
  'node:tls',
  'node:dgram',
  'node:dns',
  'node:dns/promises',
])
const OUTBOUND_AREAS: readonly string[] = [
  'ledger/connectors/kubernetes',
  'mint/spiffe/workload-api',
  'mint/attestation',
  'mint/server',
  'mint/agent',
  'mint/controller',
  'processes',
  'storage',
  'tools',
]

/** True for files that must be pure. */
export function mustBePure(file: string): boolean {
  const area = areaOf(file)
  return area !== undefined && PURE_AREAS.includes(area.folder) && !isTestFile(file)
}

/** Why a file may not import a module of Node, or undefined when it may. */
export function explainForbiddenModule(file: string, specifier: string): string | undefined {
  const area = areaOf(file)
  if (area === undefined || isTestFile(file) || !specifier.startsWith('node:')) return undefined
  if (PURE_AREAS.includes(area.folder) && !PURE_MODULES.has(specifier)) return `${area.folder} is pure and may not import ${specifier}`
  if (OUTBOUND_MODULES.has(specifier) && !OUTBOUND_AREAS.includes(area.folder)) {
    return `${area.folder} may not import ${specifier}: only connectors and processes open connections`
  }
  return undefined
}

/** Why a pure file may not call what it calls, by its name as written, or undefined when it may. */
export function explainImpureCall(callee: string): string | undefined {
  const remedy = IMPURE_CALLS.get(callee)
  return remedy === undefined ? undefined : `${callee}() makes the result depend on more than the inputs; ${remedy}`
}
