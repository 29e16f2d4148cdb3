import { HTTP_LIMITS, type SecretTrace } from '@mintmark/contract/http'
import type { Occurrence } from '@mintmark/contract/scan'
import type { InventoryStore } from '@mintmark/storage'
import { resolveIdentities } from './linked-identities.ts'

const TRACE_MAX = HTTP_LIMITS.pageSizeMax

type TracedApplication = SecretTrace['applications'][number]
type TracedDeployment = TracedApplication['deployments'][number]

/** Secret <- the identity that it belongs to; secret -> applications -> deployments that take it now, each with how. */
export async function traceSecret(inventory: InventoryStore, id: string, asOf: number | undefined): Promise<SecretTrace | undefined> {
  const secret = await inventory.getSecret(id, asOf)
  if (secret === undefined) return undefined
  const occurrences = await inventory.listOccurrences(secret.id, { size: TRACE_MAX, ...(asOf === undefined ? {} : { asOf }) })
  const uses = collectUses(occurrences.items)
  const applications: TracedApplication[] = []
  for (const [key, deployments] of [...uses.applications].slice(0, TRACE_MAX)) {
    const application = await inventory.getApplication(key, asOf)
    const named = [...deployments.values()].slice(0, TRACE_MAX)
    applications.push({
      key,
      ...(application === undefined ? {} : { id: application.id }),
      name: application?.name ?? key,
      deployments: await Promise.all(named.map((deployment) => nameDeployment(inventory, deployment, asOf))),
    })
  }
  const owners = secret.links.filter(({ relation }) => relation === 'belongs-to')
  return {
    secret,
    identities: await resolveIdentities(inventory, owners.slice(0, TRACE_MAX), asOf),
    applications,
    unused: uses.unused,
    truncated: occurrences.next !== undefined || uses.truncated || uses.applications.size > TRACE_MAX || owners.length > TRACE_MAX,
  }
}

interface Uses {
  /** Application key -> deployment key -> deployment. */
  readonly applications: Map<string, Map<string, TracedDeployment>>
  readonly unused: number
  readonly truncated: boolean
}

function collectUses(occurrences: readonly Occurrence[]): Uses {
  const applications: Uses['applications'] = new Map()
  let unused = 0
  let truncated = false
  for (const occurrence of occurrences) {
    if (occurrence.consumersTotal === 0) unused += 1
    truncated ||= occurrence.consumersTotal > occurrence.consumers.length
    for (const consumer of occurrence.consumers) {
      const deployments = applications.get(consumer.application) ?? new Map<string, TracedDeployment>()
      applications.set(consumer.application, deployments)
      const deployment = deployments.get(consumer.deployment) ?? deploymentFromKey(consumer.deployment)
      deployments.set(consumer.deployment, deployment)
      if (deployment.uses.length < TRACE_MAX) deployment.uses.push({ ...consumer, occurrence: occurrence.id })
      else truncated = true
    }
    for (const deployments of applications.values()) truncated ||= deployments.size > TRACE_MAX
  }
  return { applications, unused, truncated }
}

/** The key of a deployment ends in namespace, kind and name (`ledger/model/keys.ts`). */
function deploymentFromKey(key: string): TracedDeployment {
  const [namespace = '', kind = '', name = ''] = key.split('/').slice(-3)
  return { key, namespace, kind, name, uses: [] }
}

async function nameDeployment(inventory: InventoryStore, traced: TracedDeployment, asOf: number | undefined): Promise<TracedDeployment> {
  const deployment = await inventory.getDeployment(traced.key, asOf)
  return deployment === undefined ? traced : { ...traced, id: deployment.id }
}
