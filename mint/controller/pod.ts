import { z } from 'zod'

/** What injection reads of a container; everything else passes untouched, because the answer is a patch and not a pod. */
const Container = z.object({
  name: z.string(),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })).nullish(),
  env: z.array(z.object({ name: z.string() })).nullish(),
})
/** A container of any list of a pod. */
export type Container = z.infer<typeof Container>

const Containers = z.array(Container).nullish()

/** The part of a pod that injection looks at. */
export const Pod = z.object({
  spec: z.object({
    containers: Containers,
    initContainers: Containers,
    ephemeralContainers: Containers,
    volumes: z.array(z.object({ name: z.string(), csi: z.object({ driver: z.string() }).nullish() })).nullish(),
    os: z.object({ name: z.string() }).nullish(),
    nodeSelector: z.record(z.string(), z.string()).nullish(),
  }),
})
/** The part of a pod that injection looks at. */
export type Pod = z.infer<typeof Pod>
