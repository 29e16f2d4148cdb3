import { createAgentAttestation, type AgentAttestation, type AgentAttestor } from '@mintmark/mint/attestation'

/** Makes attestation policies out of section `AgentAttestation`. Without the section, cluster version keys are the one way. */
export function createAttestationCompiler({ cvk }: { readonly cvk: AgentAttestor }): (spec: unknown, clusterId: string) => AgentAttestation {
  const byDefault = createAgentAttestation([{ name: 'cvk', attestors: [cvk] }])
  return () => byDefault
}
