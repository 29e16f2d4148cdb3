import type { workloadApi } from '@mintmark/contract/grpc'
import { validateX509Svid, type Bundle, type Checked, type SpiffeId, type TrustDomain, type X509Svid } from '@mintmark/spiffe'
import { WorkloadApiClient, type ClientSettings } from './client.ts'
import { WorkloadApiError } from './failure.ts'
import { keepStream, type Wait } from './lasting-stream.ts'
import { createListeners } from './listeners.ts'
import { readJwtBundles, readX509Bundles, readX509Response, type X509State } from './responses.ts'

/** What every source is opened with. */
export interface SourceSettings extends ClientSettings {
  /** Told of every failure of a stream, also of those that are tried again. */
  readonly onError?: (error: WorkloadApiError) => void
  /** Gives up waiting for the first message; the source is closed then. Without it, waiting never ends. */
  readonly signal?: AbortSignal
  /** How to wait between attempts; for tests. */
  readonly wait?: Wait
}

/** Bundles by trust domain, always the newest that arrived. */
export interface BundleSource {
  /** X.509 roots and JWT keys of a trust domain; undefined for one that this workload is not told of. */
  bundleOf(trustDomain: TrustDomain): Bundle | undefined
  /** Of every trust domain that this workload is told of. */
  bundles(): Iterable<Bundle>
  /** Called after every change. @returns what ends it */
  subscribe(listener: () => void): () => void
  close(): void
}

/** X.509-SVIDs of this workload with their keys, and what verifies those of others; always the newest that arrived. */
export interface X509Source extends BundleSource {
  /** The default identity. */
  svid(): X509Svid
  /** All identities, in the order of the server, the default first. */
  svids(): readonly X509Svid[]
  /** Validates a foreign chain against the newest bundles. */
  validate(certificates: readonly Uint8Array[]): Checked<{ id: SpiffeId }>
}

/**
 * Opens a source of X.509-SVIDs and waits for the first message.
 *
 * @param settings.pick chooses the default among several identities (by hint, by path); the first of the server's by default
 * @throws WorkloadApiError when nothing can come of it: bad address, INVALID_ARGUMENT, or the signal
 */
export async function openX509Source(
  settings: SourceSettings & { readonly pick?: (svids: readonly X509Svid[]) => X509Svid | undefined } = {},
): Promise<X509Source> {
  const client = new WorkloadApiClient(settings)
  const listeners = createListeners()
  let state: X509State | undefined
  const stream = keepStream({
    open: (reader) => client.watchX509Svids(reader),
    read: readX509Response,
    onState: (next) => {
      state = next
      listeners.tell()
    },
    onError: settings.onError,
    wait: settings.wait,
  })
  const close = (): void => {
    stream.close()
    client.close()
  }
  await untilFirst(stream.first, close, settings.signal)
  const current = (): X509State => {
    if (state === undefined) throw new WorkloadApiError('UNAVAILABLE', 'No identity has arrived yet.')
    return state
  }
  const bundleOf = (trustDomain: TrustDomain): Bundle | undefined => current().bundles.get(trustDomain)
  return {
    svids: () => current().svids,
    svid: () => {
      const { svids } = current()
      const picked = settings.pick === undefined ? svids[0] : settings.pick(svids)
      if (picked === undefined) throw new WorkloadApiError('PERMISSION_DENIED', 'None of the identities at hand was picked.')
      return picked
    },
    bundleOf,
    bundles: () => current().bundles.values(),
    validate: (certificates) => validateX509Svid(certificates, bundleOf, new Date()),
    subscribe: listeners.add,
    close,
  }
}

/** Opens a source of bundles, X.509 and JWT, for a workload that only verifies others, and waits for both. @throws WorkloadApiError */
export async function openBundleSource(settings: SourceSettings = {}): Promise<BundleSource> {
  const client = new WorkloadApiClient(settings)
  const listeners = createListeners()
  let x509: ReadonlyMap<TrustDomain, Bundle> = new Map()
  let jwt: ReadonlyMap<TrustDomain, Bundle> = new Map()
  let merged: ReadonlyMap<TrustDomain, Bundle> = new Map()
  const change = (): void => {
    merged = joinBundles(x509, jwt)
    listeners.tell()
  }
  const options = { onError: settings.onError, wait: settings.wait }
  const streams = [
    keepStream({
      open: (reader) => client.watchX509Bundles(reader),
      read: ({ bundles }: workloadApi.X509BundlesResponse) => readX509Bundles(bundles),
      onState: ({ bundles }) => {
        x509 = bundles
        change()
      },
      ...options,
    }),
    keepStream({
      open: (reader) => client.watchJwtBundles(reader),
      read: ({ bundles }: workloadApi.JWTBundlesResponse) => readJwtBundles(bundles),
      onState: ({ bundles }) => {
        jwt = bundles
        change()
      },
      ...options,
    }),
  ]
  const close = (): void => {
    for (const stream of streams) stream.close()
    client.close()
  }
  await untilFirst(Promise.all(streams.map(({ first }) => first)), close, settings.signal)
  return { bundleOf: (trustDomain) => merged.get(trustDomain), bundles: () => merged.values(), subscribe: listeners.add, close }
}

/** The two halves of each trust domain's bundle; never those of different trust domains (rule 22). */
function joinBundles(x509: ReadonlyMap<TrustDomain, Bundle>, jwt: ReadonlyMap<TrustDomain, Bundle>): ReadonlyMap<TrustDomain, Bundle> {
  const joined = new Map<TrustDomain, Bundle>()
  for (const trustDomain of new Set([...x509.keys(), ...jwt.keys()])) {
    joined.set(trustDomain, {
      trustDomain,
      x509Authorities: x509.get(trustDomain)?.x509Authorities ?? [],
      jwtAuthorities: jwt.get(trustDomain)?.jwtAuthorities ?? [],
    })
  }
  return joined
}

/** Waits for the first message; closes the source when it cannot come or is not waited for any more. */
export async function untilFirst(first: Promise<unknown>, close: () => void, signal: AbortSignal | undefined): Promise<void> {
  const onAbort = (): void => close()
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted === true) close()
  try {
    await first
  } catch (error) {
    close()
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
