import { changeKeysets, loadKeysets, type Decide } from './change.ts'
import { AuthorityError, describeFailure } from './errors.ts'
import { createKeyset, forgetKeys, resealKeys, type KeysetMaterials } from './keyset.ts'
import { activateKeyset, activeOf, addKeyset, removeKeyset, taintKeyset } from './keysets.ts'
import type { Authority, AuthorityLog, AuthorityOptions, AuthoritySnapshot, KeysetChange } from './model.ts'
import type { KeysetRecord, KeysetsSnapshot } from './ports.ts'
import { hasGoneBack, reconcile } from './restore.ts'
import { dueStep, type RotationContext, type RotationStep } from './rotation.ts'
import { completeSettings, type AuthoritySettings } from './settings.ts'
import { SnapshotKeeper } from './snapshot-keeper.ts'
import { UpstreamParent } from './upstream/parent.ts'

/** Steps that one call of `rotateIfDue` takes: after a long sleep a keyset is made, activated and old ones removed. */
const ROTATION_STEPS_MAX = 32
const SILENT: AuthorityLog = { info() {}, warn() {}, error() {} }

/**
 * Opens the signing authority of a trust domain. The first replica of all makes the first keyset; all others find it.
 *
 * @throws AuthorityError when settings are wrong, the store is away, or the active keyset's private keys cannot be had
 */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  const settings = completeSettings(options.settings)
  const authority = new SharedAuthority(options, settings)
  await authority.open()
  return authority
}

class SharedAuthority implements Authority {
  readonly #options: AuthorityOptions
  readonly #settings: AuthoritySettings
  readonly #materials: KeysetMaterials
  readonly #log: AuthorityLog
  readonly #keeper: SnapshotKeeper
  readonly #parent: UpstreamParent
  /** What is under way; verbs of one process take turns, those of several meet in the store. */
  #turn: Promise<unknown> = Promise.resolve()
  /** Calls that wait for their turn. */
  readonly #waiting = new Map<'refresh' | 'rotate', Promise<void>>()
  /** When the store was last read; tells keysets that were made since from those that a restore brings back. */
  #lastReadAt: Date
  /** The last trouble that was logged, so that a lasting one is logged once. */
  #trouble: string | undefined

  constructor(options: AuthorityOptions, settings: AuthoritySettings) {
    this.#options = options
    this.#lastReadAt = options.now()
    this.#settings = settings
    this.#log = options.log ?? SILENT
    const { trustDomain, keys, upstream } = options
    this.#materials = { trustDomain, keys, settings, ...(upstream === undefined ? {} : { upstream }) }
    this.#parent = new UpstreamParent(upstream, this.#log)
    this.#keeper = new SnapshotKeeper({ trustDomain, keys, refreshHintSeconds: settings.refreshHintSeconds, log: this.#log })
  }

  async open(): Promise<void> {
    const found = await loadKeysets(this.#options.store, this.#options.trustDomain)
    if (found.keysets.length === 0) await this.#add('created')
    else await this.#adoptOrReplace(found)
    await this.rotateIfDue()
  }

  current(): AuthoritySnapshot {
    return this.#keeper.snapshot()
  }

  subscribe(listener: (snapshot: AuthoritySnapshot) => void): () => void {
    return this.#keeper.subscribe(listener)
  }

  list(): readonly KeysetRecord[] {
    return this.#keeper.keysets()
  }

  prepare(): Promise<KeysetRecord> {
    return this.#inTurn(() => this.#add('prepared'))
  }

  activate(id?: string): Promise<KeysetRecord> {
    return this.#inTurn(async () => {
      const { set } = await this.#change({ action: 'activated', automatic: false }, ({ keysets }) => activateKeyset(keysets, id, this.#options.now()))
      const active = activeOf(set.keysets)
      if (active === undefined) throw new RangeError('A keyset was activated and none is active')
      this.#warnIfHardlyPublished(active)
      return active
    })
  }

  taint(id: string): Promise<KeysetRecord> {
    return this.#inTurn(async () => {
      const { set } = await this.#change({ action: 'tainted', keysetId: id, automatic: false }, ({ keysets }) => taintKeyset(keysets, id, this.#options.now()))
      const tainted = set.keysets.find((each) => each.id === id)
      if (tainted === undefined) throw new RangeError('A keyset was tainted and is not there')
      return tainted
    })
  }

  remove(id: string): Promise<void> {
    return this.#inTurn(() => this.#remove(id, false))
  }

  resealKeys(): Promise<number> {
    return this.#inTurn(async () => {
      const resealed = new Set<string>()
      await this.#change({ action: 'resealed', automatic: false }, async ({ keysets }) => {
        resealed.clear()
        const next: KeysetRecord[] = []
        for (const keyset of keysets) {
          const sealed = await resealKeys(this.#materials, keyset)
          if (sealed !== keyset) resealed.add(keyset.id)
          next.push(sealed)
        }
        return resealed.size === 0 ? undefined : next
      })
      return resealed.size
    })
  }

  refresh(): Promise<void> {
    return this.#once('refresh', async () => {
      await this.#catchUp()
    })
  }

  rotateIfDue(): Promise<void> {
    return this.#once('rotate', async () => {
      const upstream = await this.#parent.now(activeOf(this.#keeper.keysets()))
      for (let steps = 0; steps < ROTATION_STEPS_MAX; steps += 1) {
        const set = await this.#catchUp()
        const step = dueStep(set.keysets, this.#rotationContext(upstream))
        if (step === undefined) return
        await this.#take(step, upstream)
      }
    })
  }

  async close(): Promise<void> {
    this.#keeper.close()
    await this.#turn
  }

  /** Reads the store. One that has gone back behind what is known is brought forward again. */
  async #catchUp(): Promise<KeysetsSnapshot> {
    const { store, trustDomain, now } = this.#options
    const held = this.#keeper.held()
    let set = await loadKeysets(store, trustDomain)
    if (held !== undefined && hasGoneBack(held, set)) {
      const decide: Decide = (found) => (hasGoneBack(held, found) ? reconcile(held, found, this.#lastReadAt, now()) : undefined)
      const outcome = await changeKeysets(store, trustDomain, decide, held.revision + 1n)
      const fields = { known: String(held.revision), found: String(set.revision), written: String(outcome.set.revision) }
      if (outcome.changed)
        this.#log.warn(fields, 'The store holds older keysets than were read from it before, as after the restore of a backup; what is known was written back')
      set = outcome.set
    }
    await this.#keeper.adopt(set)
    this.#lastReadAt = now()
    return set
  }

  async #take(step: RotationStep, upstream: RotationContext['upstream']): Promise<void> {
    // Replicas meet here: whoever comes second finds that the step is not due any more.
    const stillDue = (set: KeysetsSnapshot): boolean => {
      const now = dueStep(set.keysets, this.#rotationContext(upstream))
      return now?.step === step.step && (now.step === 'prepare' || step.step === 'prepare' || now.id === step.id)
    }
    if (step.step === 'prepare') await this.#add('prepared', { why: step.why, stillDue })
    else if (step.step === 'remove') await this.#remove(step.id, true)
    else {
      const { changed } = await this.#change({ action: 'activated', keysetId: step.id, automatic: true }, (set) =>
        stillDue(set) ? activateKeyset(set.keysets, step.id, this.#options.now()) : undefined,
      )
      if (changed) this.#log.info({ keyset: step.id, why: step.why }, 'Keyset activated by rotation')
    }
  }

  /** Makes a keyset and stores it, unless somebody else has done what it was made for. */
  async #add(action: 'created' | 'prepared', due?: { readonly why: string; readonly stillDue: (set: KeysetsSnapshot) => boolean }): Promise<KeysetRecord> {
    const fresh = await createKeyset(this.#materials, this.#options.now())
    let refused = true
    try {
      const { set, changed } = await this.#change({ action, keysetId: fresh.id, automatic: due !== undefined || action === 'created' }, (set) => {
        if (action === 'created' ? set.keysets.length > 0 : due?.stillDue(set) === false) return undefined
        const next = addKeyset(set.keysets, fresh, this.#options.now())
        // From here on it may be stored, even when the store's answer gets lost.
        refused = false
        return next
      })
      refused = !set.keysets.some((each) => each.id === fresh.id)
      if (changed && due !== undefined) this.#log.info({ keyset: fresh.id, why: due.why }, 'Keyset prepared by rotation')
      return set.keysets.find((each) => each.id === fresh.id) ?? fresh
    } finally {
      if (refused) await forgetKeys(this.#materials, fresh)
    }
  }

  async #remove(id: string, automatic: boolean): Promise<void> {
    const before = this.#keeper.keysets().find((each) => each.id === id)
    const { changed } = await this.#change({ action: 'removed', keysetId: id, automatic }, ({ keysets }) =>
      automatic && !keysets.some((each) => each.id === id) ? undefined : removeKeyset(keysets, id),
    )
    if (changed && before !== undefined) await forgetKeys(this.#materials, before)
  }

  async #change(event: Omit<KeysetChange, 'revision' | 'keysetId'> & { readonly keysetId?: string }, decide: Decide) {
    if (this.#keeper.held() !== undefined) await this.#catchUp()
    const outcome = await changeKeysets(this.#options.store, this.#options.trustDomain, decide)
    await this.#keeper.adopt(outcome.set)
    if (outcome.changed) {
      const { revision } = outcome.set
      this.#options.onChange?.({ ...event, keysetId: event.keysetId ?? activeOf(outcome.set.keysets)?.id ?? '', revision })
    }
    return outcome
  }

  /** Keys in memory are gone after a restart: then a new keyset takes over at once, and the old one stays trusted for what it has signed. */
  async #adoptOrReplace(found: KeysetsSnapshot): Promise<void> {
    try {
      await this.#keeper.adopt(found)
    } catch (error) {
      const isLost = activeOf(found.keysets)?.x509.key.manager === 'memory' && this.#options.keys.name === 'memory'
      if (!isLost || !(error instanceof AuthorityError) || error.label !== 'key-unavailable') throw error
      this.#log.warn({ trustDomain: this.#options.trustDomain }, 'Keys in memory are gone since the last start; a new keyset takes over')
      const fresh = await createKeyset(this.#materials, this.#options.now())
      const { store, trustDomain, now } = this.#options
      // In two steps all the same: nothing signs that was not published before.
      await changeKeysets(store, trustDomain, ({ keysets }) => addKeyset(keysets, fresh, now()))
      await this.#change({ action: 'created', keysetId: fresh.id, automatic: true }, ({ keysets }) => activateKeyset(keysets, fresh.id, now()))
    }
  }

  #rotationContext(upstream: RotationContext['upstream']): RotationContext {
    return { now: this.#options.now(), refreshHintSeconds: this.#settings.refreshHintSeconds, ...(upstream === undefined ? {} : { upstream }) }
  }

  #warnIfHardlyPublished(active: KeysetRecord): void {
    const publishedSeconds = Math.floor((this.#options.now().getTime() - Date.parse(active.createdAt)) / 1_000)
    if (publishedSeconds >= this.#settings.refreshHintSeconds) return
    this.#log.warn(
      { keyset: active.id, publishedSeconds },
      'Keyset activated before its keys were published for one refresh hint; peers that poll may refuse its SVIDs',
    )
  }

  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      if (this.#trouble !== undefined) this.#log.info({ was: this.#trouble }, 'Keysets are up to date again')
      this.#trouble = undefined
    } catch (error) {
      const fields = describeFailure(error)
      if (fields.reason !== this.#trouble) this.#log.error(fields, 'Keysets cannot be brought up to date; issuance goes on with the keys that are known')
      this.#trouble = fields.reason
    }
  }

  /** Joins a call of the same kind that waits for its turn: clocks that tick while the store hangs pile nothing up in front of the verbs. */
  #once(kind: 'refresh' | 'rotate', work: () => Promise<void>): Promise<void> {
    const waiting = this.#waiting.get(kind)
    if (waiting !== undefined) return waiting
    const mine = this.#inTurn(() => {
      this.#waiting.delete(kind)
      return this.#quietly(work)
    })
    this.#waiting.set(kind, mine)
    return mine
  }

  #inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}
