export { createWorkloadAttestation, type WorkloadAttestation, type WorkloadAttestationDependencies, type WorkloadAttestationSettings } from './attestation.ts'
export { allowedAttributesOf, applyWorkloadAttestation, SectionError } from './section.ts'
