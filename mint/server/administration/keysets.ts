import { AuthorityError, isKeysetId, type KeysetRecord } from '@mintmark/mint/authority'
import { eventId } from '../events/id.ts'
import { AdministrationError } from '../failure.ts'
import type { AdministrationDependencies } from './dependencies.ts'

/** A keyset as it is shown: public parts only. */
export interface KeysetView {
  readonly id: string
  readonly state: KeysetRecord['state']
  readonly createdAt: string
  readonly activatedAt?: string
  readonly taintedAt?: string
  readonly notAfter: string
  readonly jwtKeys: readonly { readonly keyId: string; readonly algorithm: 'ES256' | 'RS256' }[]
}

/** The five verbs on keysets (docs/mint/rotation.md). The actor of each change is recorded. */
export interface KeysetAdministration {
  list(): Promise<readonly KeysetView[]>
  prepare(actor: string): Promise<KeysetView>
  /** @param id absent: the newest that waits */
  activate(actor: string, id?: string): Promise<KeysetView>
  taint(actor: string, id: string): Promise<KeysetView>
  remove(actor: string, id: string): Promise<void>
}

/** Verbs on keysets of the trust domain that this server serves. */
export function administerKeysets({ authority, trustDomain, now, record }: AdministrationDependencies): KeysetAdministration {
  async function change<Answer>(action: string, actor: string, id: string | undefined, work: () => Promise<Answer>): Promise<Answer> {
    const at = now()
    const common = { id: eventId(at), at: at.toISOString(), type: 'keyset_changed', trustDomainId: trustDomain.id } as const
    try {
      if (id !== undefined && !isKeysetId(id))
        throw new AdministrationError('invalid', `"${id.slice(0, 40)}" is not the id of a keyset.`, 'See them: spirlctl trust-domain deployment keyset list')
      const answer = await work()
      const keysetId = id ?? idOf(answer)
      record({ ...common, outcome: 'success', ...(keysetId === undefined ? {} : { keysetId }), details: { action, actor } })
      return answer
    } catch (error) {
      const known = error instanceof AuthorityError ? translate(error) : error
      record({
        ...common,
        outcome: 'failure',
        ...(id === undefined ? {} : { keysetId: id.slice(0, 64) }),
        error: known instanceof Error ? known.message : 'unknown',
        details: { action, actor },
      })
      throw known
    }
  }
  return {
    list: async () => {
      await authority.refresh()
      return authority.list().map(viewOf)
    },
    prepare: async (actor) => viewOf(await change('prepare', actor, undefined, () => authority.prepare())),
    activate: async (actor, id) => viewOf(await change('activate', actor, id, () => authority.activate(id))),
    taint: async (actor, id) => viewOf(await change('taint', actor, id, () => authority.taint(id))),
    remove: (actor, id) => change('remove', actor, id, () => authority.remove(id)),
  }
}

function idOf(answer: unknown): string | undefined {
  return typeof answer === 'object' && answer !== null && 'id' in answer && typeof answer.id === 'string' ? answer.id : undefined
}

function viewOf({ id, state, createdAt, activatedAt, taintedAt, notAfter, jwt }: KeysetRecord): KeysetView {
  return {
    id,
    state,
    createdAt,
    notAfter,
    ...(activatedAt === undefined ? {} : { activatedAt }),
    ...(taintedAt === undefined ? {} : { taintedAt }),
    jwtKeys: jwt.map(({ keyId, algorithm }) => ({ keyId, algorithm })),
  }
}

function translate(error: AuthorityError): AdministrationError {
  const label = error.label === 'store-away' ? 'unavailable' : error.label === 'keyset-unknown' ? 'not-found' : 'invalid'
  return new AdministrationError(label, `${error.message}.`, error.remedy, { cause: error })
}
