/** Number of secrets and worst level of one subject. */
export interface SubjectTotal {
  readonly subject: number
  readonly secrets: number
  readonly rank: number
}

/**
 * Counts, as secrets are written, what each subject gets of them. A subject that was first named by this publication has only secrets that this publication writes,
 * so its count is complete; what an older one gets is added to what it had.
 */
export interface SubjectTotals {
  /** Notes a version that begins. `rank` is that of its level. */
  note(subjects: readonly number[], rank: number): void
  /** What older subjects get. */
  added(): Iterable<SubjectTotal>
  /** New subjects that have a secret. */
  counted(): Iterable<SubjectTotal>
}

const START_SUBJECTS = 1_024

/** @param firstNew the lowest number that this publication has given out; undefined while it has given out none. Numbers rise. */
export function openSubjectTotals(firstNew: () => number | undefined): SubjectTotals {
  const added = new Map<number, { readonly subject: number; secrets: number; rank: number }>()
  // Numbers of new subjects follow each other, so their counts are arrays: a map of hundreds of thousands would be most of what a publication holds.
  let secrets = new Uint32Array(START_SUBJECTS)
  let ranks = new Uint8Array(START_SUBJECTS)

  function reserve(index: number): void {
    if (index < secrets.length) return
    const length = Math.max(index + 1, secrets.length * 2)
    const [moreSecrets, moreRanks] = [new Uint32Array(length), new Uint8Array(length)]
    moreSecrets.set(secrets)
    moreRanks.set(ranks)
    secrets = moreSecrets
    ranks = moreRanks
  }

  function addTo(subject: number, rank: number): void {
    const known = added.get(subject)
    if (known === undefined) added.set(subject, { subject, secrets: 1, rank })
    else {
      known.secrets += 1
      if (rank > known.rank) known.rank = rank
    }
  }

  return {
    note(subjects, rank) {
      const first = firstNew() ?? Number.POSITIVE_INFINITY
      for (const subject of subjects) {
        if (subject < first) addTo(subject, rank)
        else {
          const index = subject - first
          reserve(index)
          secrets[index] = (secrets[index] ?? 0) + 1
          if (rank > (ranks[index] ?? 0)) ranks[index] = rank
        }
      }
    },
    added: () => added.values(),
    *counted() {
      const first = firstNew() ?? 0
      for (const [index, count] of secrets.entries()) if (count > 0) yield { subject: first + index, secrets: count, rank: ranks[index] ?? 0 }
    },
  }
}
