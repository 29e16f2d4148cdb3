import { AttestationError, type Attributes, type WorkloadAttestor, type WorkloadContext } from '../model.ts'
import { openAccounts, type Accounts } from './accounts.ts'
import { systemClock, type WorkloadClock } from './clock.ts'
import { createDockerAttestor, type DockerSettings } from './engine/attestor.ts'
import { createKubernetesAttestor, type KubernetesSettings } from './kubernetes/attestor.ts'
import { openKubelet, type Kubelet, type KubeletSettings } from './kubernetes/kubelet.ts'
import { createPodDirectory } from './kubernetes/pod-directory.ts'
import { createLinuxAttestor, type LinuxSettings } from './linux.ts'
import { mergeAttributes } from './merge.ts'
import { openProcessFiles } from './process-files.ts'
import { createSystemdAttestor } from './systemd.ts'
import { createTokenAttestor, type TokenAttestorSettings } from './token/attestor.ts'

/** Section `WorkloadAttestation`, and what of it only the agent's own settings say. An attestor that is absent is off. */
export interface WorkloadAttestationSettings {
  readonly kubernetes?: (KubernetesSettings & { readonly kubelet?: KubeletSettings | undefined }) | undefined
  readonly linux?: LinuxSettings | undefined
  readonly docker?: DockerSettings | undefined
  readonly systemd?: boolean | undefined
  readonly jwt?: TokenAttestorSettings | undefined
}

/** What attestors need of the world; everything but the log has a default that reads this machine. */
export interface WorkloadAttestationDependencies {
  readonly log: { warn(message: string, fields?: Readonly<Record<string, unknown>>): void }
  readonly clock?: WorkloadClock
  /** Wall time, for tokens. */
  readonly date?: () => Date
  readonly procRoot?: string
  readonly accounts?: Accounts
}

/** All enabled attestors. */
export interface WorkloadAttestation {
  readonly types: readonly WorkloadAttestor['type'][]
  /**
   * Asks all attestors together and merges what they say. The caller asks `peer.isAlive()` afterwards, before anything is sent:
   * only then were the attributes those of the process that connected.
   *
   * @throws AttestationError when one of them fails: part of the truth could match a policy that the whole does not
   */
  attest(context: WorkloadContext): Promise<Attributes>
  close(): void
}

/** Builds the enabled attestors. Throws for settings that cannot be used. */
export function createWorkloadAttestation(settings: WorkloadAttestationSettings, dependencies: WorkloadAttestationDependencies): WorkloadAttestation {
  const clock = dependencies.clock ?? systemClock
  const files = openProcessFiles(dependencies.procRoot)
  const kubelet: Kubelet | undefined = settings.kubernetes && openKubelet(settings.kubernetes.kubelet)
  const attestors: readonly WorkloadAttestor[] = [
    ...(settings.kubernetes && kubelet
      ? [createKubernetesAttestor(settings.kubernetes, { files, clock, directory: createPodDirectory(kubelet.fetchPods, clock) })]
      : []),
    ...(settings.linux
      ? [createLinuxAttestor(settings.linux, { files, accounts: dependencies.accounts ?? openAccounts(), procRoot: dependencies.procRoot })]
      : []),
    ...(settings.docker ? [createDockerAttestor(settings.docker, { files })] : []),
    ...(settings.systemd ? [createSystemdAttestor({ files })] : []),
    ...(settings.jwt ? [createTokenAttestor(settings.jwt, { date: dependencies.date ?? (() => new Date()), clock })] : []),
  ]
  return {
    types: attestors.map((attestor) => attestor.type),
    async attest(context) {
      const { attributes, oversized } = mergeAttributes(await Promise.all(attestors.map((attestor) => ask(attestor, context))))
      if (oversized.length > 0) dependencies.log.warn('Attributes are too large and were left out', { pid: context.peer.pid, attributes: oversized })
      return attributes
    },
    close: () => kubelet?.close(),
  }
}

async function ask(attestor: WorkloadAttestor, context: WorkloadContext): Promise<Attributes> {
  try {
    return await attestor.attest(context)
  } catch (error) {
    if (error instanceof AttestationError) throw error
    if (context.signal.aborted) throw new AttestationError('UNAVAILABLE', `Attestation by ${attestor.type} took too long or was given up.`, { cause: error })
    throw new AttestationError('UNAVAILABLE', `Attestation by ${attestor.type} failed.`, { cause: error })
  }
}
