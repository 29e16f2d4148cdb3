import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { KeysetStore } from '@mintmark/mint/authority'
import { describeError, type ServerLog } from '../log.ts'
import type { MintStores } from '../ports.ts'

/** Answers that are kept, and bytes of the file. */
const ENTRIES_MAX = 50_000
const FILE_BYTES_MAX = 64 * 1024 * 1024
/** Milliseconds between a new answer and its writing. */
const WRITE_MS = 2_000

/** Everything that a trust domain server reads from its database. */
export type ReadStores = MintStores & { readonly keysets: KeysetStore }

/** Stores that remember on disk what they have answered. */
export interface CachedStores {
  readonly stores: ReadStores
  /** Writes what is new, now. */
  flush(): Promise<void>
}

/**
 * Lets a server start and issue while its database is away: what it read before is answered from a file. Changes still need the database.
 * The file holds public rows, configuration and keysets whose private keys are sealed; it is its owner's alone all the same.
 */
export async function cacheOnDisk(stores: ReadStores, file: string, log: ServerLog): Promise<CachedStores> {
  const answers = await readAnswers(file, log)
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()
  let isDirty = false

  async function write(): Promise<void> {
    if (!isDirty) return
    isDirty = false
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      await writeFile(`${file}.new`, JSON.stringify([...answers]), { mode: 0o600 })
      await rename(`${file}.new`, file)
    } catch (error) {
      log.warn({ logger: 'server.cache', file, ...describeError(error) }, 'The cache on disk could not be written')
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(write)
    return writing
  }

  function remember(name: string, answer: unknown): void {
    const text = JSON.stringify(answer, tagBigints) ?? ''
    if (answers.get(name) === text) return
    answers.delete(name)
    const oldest = answers.size >= ENTRIES_MAX ? answers.keys().next().value : undefined
    if (oldest !== undefined) answers.delete(oldest)
    answers.set(name, text)
    isDirty = true
    timer ??= setTimeout(() => void flush(), WRITE_MS)
    timer.unref()
  }

  /** Names that somebody makes up are looked up, too: that they are nothing is not written down, or they would push out what is something. */
  function forgetNothing(key: string): void {
    if (answers.delete(key)) isDirty = true
  }

  /** A reading method that answers from the file when the database does not. */
  function kept<Inputs extends readonly unknown[], Answer>(
    name: string,
    read: (...inputs: Inputs) => Promise<Answer>,
    keepsNothing = false,
  ): (...inputs: Inputs) => Promise<Answer> {
    return async (...inputs) => {
      const key = `${name} ${JSON.stringify(inputs)}`
      try {
        const answer = await read(...inputs)
        if (answer === undefined && !keepsNothing) forgetNothing(key)
        else remember(key, answer)
        return answer
      } catch (error) {
        const text = isUnavailable(error) ? answers.get(key) : undefined
        if (text === undefined) throw error
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what this very method has answered, as it was written down
        return (text === '' ? undefined : JSON.parse(text, untagBigints)) as Answer
      }
    }
  }

  const { registry, configuration, federation, keysets } = stores
  return {
    flush,
    stores: {
      ...stores,
      registry: withMethods(registry, {
        trustDomain: kept('trustDomain', (id: string) => registry.trustDomain(id)),
        cluster: kept('cluster', (domain: string, id: string) => registry.cluster(domain, id)),
        clusterById: kept('clusterById', (id: string) => registry.clusterById(id)),
        realm: kept('realm', (domain: string, id: string) => registry.realm(domain, id)),
        clusterVersion: kept('clusterVersion', (id: string) => registry.clusterVersion(id)),
      }),
      configuration: withMethods(configuration, {
        current: kept('configuration', (scope: Parameters<typeof configuration.current>[0]) => configuration.current(scope), true),
        revision: kept('revision', () => configuration.revision()),
      }),
      federation: withMethods(federation, { list: kept('links', (page: Parameters<typeof federation.list>[0]) => federation.list(page)) }),
      keysets: withMethods(keysets, { load: kept('keysets', (domain: string) => keysets.load(domain)) }),
    },
  }
}

/** The same store with some methods of ours in front; the others are called on the store itself, which may be a proxy. */
function withMethods<Target extends object>(target: Target, methods: Partial<Target>): Target {
  return new Proxy(target, { get: (inner, name) => (Object.hasOwn(methods, name) ? Reflect.get(methods, name) : Reflect.get(inner, name)) })
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && error.name === 'StorageUnavailableError'
}

async function readAnswers(file: string, log: ServerLog): Promise<Map<string, string>> {
  try {
    const text = await readFile(file, 'utf8')
    const parsed: unknown = text.length > FILE_BYTES_MAX ? undefined : JSON.parse(text)
    if (!Array.isArray(parsed)) return new Map()
    return new Map(parsed.filter((entry): entry is [string, string] => Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'string'))
  } catch (error) {
    const { errorCode } = describeError(error)
    if (errorCode !== 'ENOENT') log.warn({ logger: 'server.cache', file, ...describeError(error) }, 'The cache on disk could not be read; it is made anew')
    return new Map()
  }
}

const BIGINT = 'bigint:'

function tagBigints(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? BIGINT + String(value) : value
}

function untagBigints(_name: string, value: unknown): unknown {
  return typeof value === 'string' && value.startsWith(BIGINT) && /^-?\d+$/.test(value.slice(BIGINT.length)) ? BigInt(value.slice(BIGINT.length)) : value
}
