import type { ClusterObservation } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import { boundText, fieldsAt, fieldsOf, optionalText, textOf } from '../objects/fields.ts'
import type { KubernetesObject } from '../objects/object.ts'

type Platform = ClusterObservation['platform']
type Account = NonNullable<Platform['account']>

/** Counts answers and keeps an example of each; the most frequent one wins, of equals the first in order of text. */
interface Votes {
  add(answer: string, evidence: string): void
  winner(): { readonly answer: string; readonly evidence: string; readonly count: number; readonly total: number } | undefined
}

function createVotes(): Votes {
  const counts = new Map<string, { count: number; readonly evidence: string }>()
  return {
    add(answer, evidence) {
      const known = counts.get(answer)
      if (known === undefined) counts.set(answer, { count: 1, evidence })
      else known.count += 1
    },
    winner() {
      let total = 0
      for (const { count } of counts.values()) total += count
      const [first] = [...counts].toSorted(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1))
      return first === undefined ? undefined : { answer: first[0], ...first[1], total }
    },
  }
}

/** Kinds by a label that only nodes of that distribution carry. The order matters: OpenShift runs on clouds too. */
const BY_LABEL: readonly (readonly [prefix: string, kind: string])[] = [
  ['node.openshift.io/', 'openshift'],
  ['eks.amazonaws.com/', 'eks'],
  ['alpha.eksctl.io/', 'eks'],
  ['kubernetes.azure.com/', 'aks'],
  ['cloud.google.com/gke-', 'gke'],
  ['minikube.k8s.io/', 'minikube'],
  ['microk8s.io/', 'microk8s'],
  ['doks.digitalocean.com/', 'doks'],
  ['lke.linode.com/', 'lke'],
  ['node.k0sproject.io/', 'k0s'],
  ['oci.oraclecloud.com/', 'oke'],
]

/** Kinds by the version text of kubelet and API server. */
const BY_VERSION: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/-eks-/, 'eks'],
  [/-gke\./, 'gke'],
  [/\+k3s\d/, 'k3s'],
  [/\+rke2r\d/, 'rke2'],
  [/\+k0s/, 'k0s'],
  [/-aliyun/, 'ack'],
  [/\+IKS|\+ROKS/, 'iks'],
]

/** Kinds by the scheme of `spec.providerID`; the clouds among them are self-managed clusters unless something above says more. */
const BY_SCHEME: Readonly<Record<string, string>> = {
  aws: 'aws',
  azure: 'azure',
  gce: 'gcp',
  kind: 'kind',
  k3s: 'k3s',
  digitalocean: 'digitalocean',
  hcloud: 'hetzner-cloud',
  ibm: 'ibm-cloud',
  linode: 'linode',
  oci: 'oracle-cloud',
  openstack: 'openstack',
  scaleway: 'scaleway',
  vsphere: 'vsphere',
}

/** Gathers what nodes, ServiceAccounts and the server's version say of where the cluster runs. */
export interface PlatformSearch {
  addNode(object: KubernetesObject): void
  /** Account of the role that a ServiceAccount takes (IRSA). */
  addRoleAccount(account: string, serviceAccount: string): void
  addVersion(version: string): void
  /** Name of the cluster in a kubeconfig: `aws eks update-kubeconfig` writes the cluster's ARN there. */
  addContextCluster(name: string): void
  /** @param gaps collections that could not be read completely, for the evidence */
  result(gaps: readonly string[]): Platform
}

/** A search that has seen nothing yet. */
export function createPlatformSearch(): PlatformSearch {
  const kinds = createVotes()
  const clouds = createVotes()
  const regions = createVotes()
  const accounts = { 'aws-account': createVotes(), 'azure-subscription': createVotes(), 'gcp-project': createVotes() }
  const roleAccounts = createVotes()
  return {
    addNode(object) {
      const name = object.ref.name
      const providerId = textOf(fieldsOf(object.fields['spec'])['providerID'])
      for (const [prefix, kind] of BY_LABEL) {
        const label = Object.keys(object.labels).find((key) => key.startsWith(prefix))
        if (label === undefined) continue
        kinds.add(kind, `Node ${name} has the label ${label}`)
        break
      }
      addVersionVote(kinds, textOf(fieldsAt(object.fields, 'status', 'nodeInfo')['kubeletVersion']), `Kubelet of node ${name}`)
      if (object.annotations['k3s.io/node-args'] !== undefined) kinds.add('k3s', `Node ${name} has the annotation k3s.io/node-args`)
      if (name === 'docker-desktop') kinds.add('docker-desktop', 'The node is named docker-desktop')
      readProviderId(providerId, name, clouds, regions, accounts)
      const region = optionalText(object.labels['topology.kubernetes.io/region'])
      if (region !== undefined) regions.add(region, `Node ${name} has the label topology.kubernetes.io/region=${region}`)
    },
    addRoleAccount: (account, serviceAccount) => roleAccounts.add(account, `ServiceAccount ${serviceAccount} takes a role of account ${account}`),
    addVersion: (version) => addVersionVote(kinds, version, 'The API server'),
    addContextCluster(name) {
      const [, region, account] = /^arn:aws[a-z-]*:eks:([a-z0-9-]+):(\d{12}):cluster\//.exec(name) ?? []
      if (region === undefined || account === undefined) return
      kinds.add('eks', 'The kubeconfig names the cluster by an EKS ARN')
      regions.add(region, 'The kubeconfig names the cluster by an EKS ARN of this region')
      accounts['aws-account'].add(account, 'The kubeconfig names the cluster by an EKS ARN of this account')
    },
    result(gaps) {
      const cloud = clouds.winner()
      const kind = kinds.winner() ?? cloud
      const evidence = [kind?.evidence ?? 'Nothing in the cluster says where it runs', ...gaps.map((gap) => `${gap} could not be read completely`)]
      const region = regions.winner()
      if (region !== undefined && region.evidence !== kind?.evidence) evidence.push(`${region.evidence} (${region.count} of ${region.total} say so)`)
      const account = chooseAccount(kind?.answer, cloud?.answer, accounts, roleAccounts, evidence)
      return {
        kind: kind?.answer ?? 'unknown',
        ...(region === undefined ? {} : { region: region.answer.slice(0, 64) }),
        ...(account === undefined ? {} : { account }),
        evidence: evidence.map((sentence) => boundText(sentence, LIMITS.sentenceCharsMax)),
      }
    },
  }
}

function addVersionVote(kinds: Votes, version: string, who: string): void {
  const kind = BY_VERSION.find(([pattern]) => pattern.test(version))?.[1]
  if (kind !== undefined) kinds.add(kind, `${who} reports version ${version.slice(0, 64)}`)
}

type AccountVotes = Readonly<Record<Account['type'], Votes>>

/** `aws:///<zone>/<instance>`, `azure:///subscriptions/<id>/resourceGroups/…`, `gce://<project>/<zone>/<name>`, `<scheme>://…` */
function readProviderId(providerId: string, node: string, clouds: Votes, regions: Votes, accounts: AccountVotes): void {
  const scheme = /^([a-z0-9]+):\/\//.exec(providerId)?.[1]
  if (scheme === undefined) return
  const known = Object.hasOwn(BY_SCHEME, scheme) ? BY_SCHEME[scheme] : undefined
  clouds.add(known ?? scheme.slice(0, 64), `Node ${node} has a providerID of ${scheme}`)
  const evidence = `providerID of node ${node}`
  const zone = /^aws:\/\/\/([a-z]{2}(?:-[a-z]+)+-\d)[a-z]\//.exec(providerId)?.[1]
  if (zone !== undefined) regions.add(zone, evidence)
  const subscription = /^azure:\/\/\/subscriptions\/([0-9a-fA-F-]{36})\//.exec(providerId)?.[1]
  if (subscription !== undefined) accounts['azure-subscription'].add(subscription.toLowerCase(), evidence)
  const [, project, region] = /^gce:\/\/([^/]+)\/([a-z]+-[a-z]+\d+)(?:-[a-z])?\//.exec(providerId) ?? []
  if (project !== undefined) accounts['gcp-project'].add(project.slice(0, 128), evidence)
  if (region !== undefined) regions.add(region, evidence)
}

function chooseAccount(kind: string | undefined, cloud: string | undefined, accounts: AccountVotes, roles: Votes, evidence: string[]): Account | undefined {
  for (const type of ['aws-account', 'azure-subscription', 'gcp-project'] as const) {
    const winner = accounts[type].winner()
    if (winner === undefined) continue
    evidence.push(winner.evidence)
    return { type, id: winner.answer }
  }
  const role = roles.winner()
  if (role === undefined || (kind !== 'eks' && cloud !== 'aws')) return undefined
  evidence.push(`${role.count} of ${role.total} roles that ServiceAccounts take (IRSA) are of account ${role.answer}; nodes on AWS do not name theirs`)
  return { type: 'aws-account', id: role.answer }
}
