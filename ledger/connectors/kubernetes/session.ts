import { isDeepStrictEqual } from 'node:util'
import type { ClusterObservation, ObjectRef, ObservationLine, ScanEvent } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import type { Detector } from '@mintmark/ledger/detection'
import { deploymentKey } from '@mintmark/ledger/model'
import { accountIdentity, accountLinks, accountOfRoleArn, accountUses, readAccount } from './cluster/accounts.ts'
import type { Account } from './cluster/accounts.ts'
import { createMintSearch, mintOfDeployment } from './cluster/mint.ts'
import { createPlatformSearch } from './cluster/platform.ts'
import type { PlatformSearch } from './cluster/platform.ts'
import type { KubernetesObject } from './objects/object.ts'
import { createQuietContents } from './objects/quiet-contents.ts'
import type { QuietContents } from './objects/quiet-contents.ts'
import type { KindRow } from './permissions.ts'
import { NOT_CONSUMED, keysOf } from './places/data-groups.ts'
import { findValues } from './places/find-values.ts'
import { lineOf, problemLine } from './places/report.ts'
import { findApplication, owningCronJob } from './workloads/application.ts'
import { createConsumers, variableNameRule } from './workloads/consumers.ts'
import type { ConsumingWorkload } from './workloads/edges.ts'
import { imagesOf, readPodTemplate } from './workloads/pod-template.ts'
import { USES_MAX, findUses } from './workloads/uses.ts'

/** The cluster as far as it is known before its objects are read. */
export interface ClusterFacts {
  readonly key: string
  readonly name: string
  readonly version?: string
  /** Name of the cluster in the kubeconfig. */
  readonly contextCluster?: string
  /** Why `key` is what it is, when it is not the uid of kube-system. */
  readonly keyEvidence?: string
}

/** True when every object of a collection was read, in a namespace or everywhere. */
export type IsComplete = (collection: string, namespace?: string) => boolean

/** What one reading of a cluster knows: names, edges and counts, never values and never whole objects. Watching goes on with it. */
export interface Session {
  /** Everything that one object says by itself. Its uses follow with {@link settle}, when what it uses is known. */
  visit(object: KubernetesObject, detector: Detector): ScanEvent[]
  forget(row: KindRow, namespace: string, name: string): void
  /**
   * From now on changes are followed: workloads whose lines changed because something that they take or run as came, went or changed,
   * each time since it was asked last. Their own objects did not change, so they must be read again.
   */
  takeAffected(): readonly ObjectRef[]
  /** Use observations of all workloads, or of one. */
  settle(isComplete: IsComplete, workload?: ObjectRef): Iterable<ObservationLine>
  describeCluster(isComplete: IsComplete, notes: readonly string[]): ClusterObservation
}

const DATA_COLLECTIONS = { Secret: 'secrets', ConfigMap: 'configmaps' } as const

/**
 * A session that has read nothing yet.
 *
 * @param goesOn whether the cluster is watched afterwards; a single scan forgets what nobody takes
 */
export function createSession(facts: ClusterFacts, goesOn: boolean): Session {
  const consumers = createConsumers(facts.key, goesOn)
  const accounts = new Map<string, Account>()
  const cronJobs = new Set<string>()
  const mint = createMintSearch()
  const platform = createPlatformSearch()
  const quiet = createQuietContents()
  const affected = new Map<string, ObjectRef>()
  if (facts.version !== undefined) platform.addVersion(facts.version)
  if (facts.contextCluster !== undefined) platform.addContextCluster(facts.contextCluster)
  const isVariableName = variableNameRule(facts.version)
  const state: State = { facts, consumers, accounts, cronJobs, mint, platform, quiet, affected, follows: false }
  return {
    visit: (object, detector) => visitObject(state, object, detector),
    forget(row, namespace, name) {
      const ref = { kind: row.kind, namespace, name }
      if (row.role === 'workload') consumers.removeWorkload(ref)
      if (row.role === 'data') {
        consumers.removeObject(ref)
        noteAffected(state, consumers.workloadsOf(ref))
      }
      if (row.role === 'identity' && accounts.delete(`${namespace}/${name}`)) noteAffected(state, consumers.workloadsAs(namespace, name))
      if (row.kind === 'CronJob') cronJobs.delete(`${namespace}/${name}`)
    },
    takeAffected() {
      state.follows = true
      const refs = [...affected.values()]
      affected.clear()
      return refs
    },
    settle: (isComplete, workload) =>
      consumers.settle({ isComplete: (kind, namespace) => isComplete(DATA_COLLECTIONS[kind], namespace), isVariableName }, workload),
    describeCluster(isComplete, notes) {
      const gaps = ['nodes', 'serviceaccounts'].filter((collection) => !isComplete(collection))
      const { evidence, ...where } = platform.result(gaps)
      return {
        entity: 'cluster',
        key: facts.key,
        name: facts.name,
        ...(facts.version === undefined ? {} : { kubernetesVersion: facts.version.slice(0, 64) }),
        platform: {
          ...where,
          evidence: [...evidence, ...(facts.keyEvidence === undefined ? [] : [facts.keyEvidence]), ...notes].slice(0, LIMITS.listItemsMax),
        },
        mint: mint.result(isComplete),
      }
    },
  }
}

interface State {
  readonly facts: ClusterFacts
  readonly consumers: ReturnType<typeof createConsumers>
  readonly accounts: Map<string, Account>
  readonly cronJobs: Set<string>
  readonly mint: ReturnType<typeof createMintSearch>
  readonly platform: PlatformSearch
  readonly quiet: QuietContents
  readonly affected: Map<string, ObjectRef>
  /** False during a full scan, where edges are settled after everything was read. */
  follows: boolean
}

function noteAffected({ affected, facts, follows }: State, workloads: readonly ConsumingWorkload[]): void {
  if (follows) for (const { ref } of workloads) affected.set(deploymentKey(facts.key, ref), ref)
}

function visitObject(state: State, object: KubernetesObject, detector: Detector): ScanEvent[] {
  switch (object.row.role) {
    case 'workload':
      return visitWorkload(state, object, detector)
    case 'data':
      return visitData(state, object, detector)
    case 'identity':
      return visitAccount(state, object, detector)
    case 'platform':
      if (object.row.kind === 'Node') state.platform.addNode(object)
      return findValues({ cluster: state.facts.key, object }, detector)
  }
}

function visitAccount(state: State, object: KubernetesObject, detector: Detector): ScanEvent[] {
  const { facts, accounts, platform, consumers } = state
  const { namespace, name } = object.ref
  const account = readAccount(object)
  if (state.follows && !isDeepStrictEqual(accounts.get(`${namespace}/${name}`), account)) noteAffected(state, consumers.workloadsAs(namespace, name))
  accounts.set(`${namespace}/${name}`, account)
  const events: ScanEvent[] = [lineOf(object, accountIdentity(facts.key, namespace, name))]
  for (const { identity } of account.federations) {
    const awsAccount = accountOfRoleArn(identity.name)
    if (awsAccount !== undefined) platform.addRoleAccount(awsAccount, `${namespace}/${name}`)
    events.push(lineOf(object, identity))
  }
  return [...events, ...findValues({ cluster: facts.key, object }, detector)]
}

function visitWorkload(state: State, object: KubernetesObject, detector: Detector): ScanEvent[] {
  const { facts, consumers, accounts, cronJobs, mint } = state
  const { namespace, name } = object.ref
  if (object.row.kind === 'CronJob') cronJobs.add(`${namespace}/${name}`)
  const template = readPodTemplate(object)
  const cronJob = owningCronJob(object)
  if (cronJob !== undefined && cronJobs.has(`${namespace}/${cronJob}`)) {
    const historic = `The Job is one run of CronJob ${cronJob}, which holds the template for the next ones`
    return findValues({ cluster: facts.key, object, historic }, detector, { template })
  }
  const images = imagesOf(template)
  const key = deploymentKey(facts.key, object.ref)
  const account = accounts.get(`${namespace}/${template.serviceAccount}`)
  const application = findApplication(object, template.labels, images)
  const orphan = cronJob === undefined ? '' : `; the Job was made by CronJob ${cronJob}, which no longer exists or could not be read`
  mint.look(object, images)
  const events: ScanEvent[] = [
    lineOf(object, {
      entity: 'deployment',
      key,
      object: object.ref,
      ...(object.uid === undefined ? {} : { uid: object.uid }),
      application: { ...application, evidence: `${application.evidence}${orphan}`.slice(0, LIMITS.sentenceCharsMax) },
      serviceAccount: template.serviceAccount,
      images: [...images],
      ...(object.createdAt === undefined ? {} : { createdAt: object.createdAt }),
      mint: mintOfDeployment(facts.name, namespace, template),
    }),
  ]
  // An account that was not read is still what the pods run as.
  if (account === undefined) events.push(lineOf(object, accountIdentity(facts.key, namespace, template.serviceAccount)))
  for (const link of accountLinks(facts.key, key, namespace, template, account)) events.push(lineOf(object, link))
  const uses = [...findUses(template), ...accountUses(template, account)]
  if (uses.length >= USES_MAX) events.push(problemLine(object, template.specPath, `It takes more than ${USES_MAX} values; the rest was not followed`))
  consumers.addWorkload({ collection: object.row.collection, ref: object.ref, images, account: template.serviceAccount }, uses)
  return [...events, ...findValues({ cluster: facts.key, object }, detector, { template })]
}

function visitData(state: State, object: KubernetesObject, detector: Detector): ScanEvent[] {
  const { facts, consumers, quiet } = state
  const keys = keysOf(object)
  if (state.follows && !isDeepStrictEqual(consumers.keysOf(object.ref), keys)) noteAffected(state, consumers.workloadsOf(object.ref))
  consumers.addObject(object.ref, keys)
  const knownAs = consumers.knownAs(object.ref)
  const subject = { cluster: facts.key, object }
  const search = (): ScanEvent[] => findValues(subject, detector, { knownAs })
  // Who is used is judged with its user's names.
  return object.row.kind === 'ConfigMap' && knownAs === NOT_CONSUMED ? quiet.judge(object, search) : search()
}
