/** Risk levels in rising order; `Unknown` stands apart and is never compared (law 3). */
export const LEVELS = ['Low', 'Medium', 'High', 'Critical'] as const

/** Who can read a value at its place, from the best kept to the most open. */
export const EXPOSURES = ['kubernetes-secret', 'configmap', 'metadata', 'workload'] as const

/** How sure a verdict or a link is, in falling order. */
export const CONFIDENCES = ['exact', 'strong', 'medium', 'weak'] as const
