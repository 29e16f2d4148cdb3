import { describeError, type Log } from '@mintmark/control-plane'
import { migrate, openStore, StorageUnavailableError, type DatabaseAddress, type Store } from '@mintmark/storage'

/** Connections of one trust domain server. */
const POOL_SIZE = 8
/** Milliseconds between two tries while the database is away. */
const RETRY_MS = 3_000

/** The parts of the store that a trust domain server uses, there or not yet. */
export interface LateStore {
  readonly mint: Store['mint']
  rememberAssertion(jti: string, expiresAt: Date): Promise<boolean>
  /** Whether the database has been reached. */
  readonly isOpen: boolean
}

/**
 * Opens the database, or goes on trying: until then every question ends in StorageUnavailableError, which the cache on disk answers.
 *
 * @param mayBeLate false: a database that is away now is an error, because nothing is remembered that could be served without it
 */
export async function openLateStore(address: DatabaseAddress, mayBeLate: boolean, log: Log, stack: AsyncDisposableStack): Promise<LateStore> {
  let store: Store | undefined
  async function open(): Promise<void> {
    await migrate(address)
    store = await openStore({ ...address, poolSize: POOL_SIZE })
  }
  let timer: NodeJS.Timeout | undefined
  let trying: Promise<void> = Promise.resolve()
  async function tryAgain(): Promise<void> {
    try {
      await open()
      log.info({ logger: 'server.database' }, 'The database is back')
    } catch {
      timer = setTimeout(() => {
        trying = tryAgain()
      }, RETRY_MS)
      timer.unref()
    }
  }
  stack.defer(async () => {
    clearTimeout(timer)
    await trying
    clearTimeout(timer)
    await store?.close()
  })
  try {
    await open()
  } catch (error) {
    if (!mayBeLate || !(error instanceof StorageUnavailableError)) throw error
    log.warn({ logger: 'server.database', ...describeError(error) }, 'The database is away; the server starts with what it remembers on disk')
    trying = tryAgain()
  }

  function later<Part extends object>(choose: (store: Store) => Part): Part {
    const methods = new Proxy(
      {},
      {
        get:
          (_target, name) =>
          async (...inputs: readonly unknown[]) => {
            if (store === undefined)
              throw new StorageUnavailableError(
                'database-away',
                'The database has not been reached yet.',
                'Look at DATABASE_URL, and whether the database runs.',
              )
            const part = choose(store)
            const method: unknown = Reflect.get(part, name)
            return typeof method === 'function' ? Reflect.apply(method, part, inputs) : method
          },
      },
    )
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every method is asked of the real part when it is called
    return methods as Part
  }
  return {
    mint: {
      registry: later(({ mint }) => mint.registry),
      configuration: later(({ mint }) => mint.configuration),
      federation: later(({ mint }) => mint.federation),
      events: later(({ mint }) => mint.events),
      keysets: later(({ mint }) => mint.keysets),
    },
    rememberAssertion: async (jti, expiresAt) => later(({ access }) => access).rememberAssertion(jti, expiresAt, new Date()),
    get isOpen() {
      return store !== undefined
    },
  }
}
