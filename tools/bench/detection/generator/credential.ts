/** What a scanner should say of a planted text. `either`: people disagree (a password `changeme`), so it is never scored. */
export type Expected = 'secret' | 'identifier' | 'reference' | 'nothing' | 'either'

export type Role = 'secret' | 'identifier' | 'companion'

/** One credential part or one hard negative inside a text. Offsets are UTF-16 code units of the setting's text, end exclusive. */
export interface Plant {
  /** Same for every occurrence of one credential, and for its parts. */
  readonly credential: string
  readonly type: string
  readonly provider: string
  readonly role: Role
  readonly expected: Expected
  /** Class of a hard negative. */
  readonly negative?: string
  /** Canonical form: percent-decoded, unwrapped. */
  readonly value: string
  readonly start: number
  readonly end: number
  /** Present on the parts of a multi-part credential. */
  readonly pair?: string
  /** The principal that the credential belongs to, where its public part says so. */
  readonly identity?: string
}

/** A named text of a configuration. Segments are lower-case words joined by hyphens; every file style writes them its own way. */
export interface Setting {
  readonly path: readonly string[]
  readonly text: string
  readonly plants: readonly Plant[]
  /** Also numbers and booleans look natural without quotes. */
  readonly bare?: boolean
}

/** All settings of one credential, such as id, secret and tenant. */
export interface Bundle {
  readonly type: string
  readonly settings: readonly Setting[]
  /** Where alone such a bundle makes sense; absent: anywhere. */
  readonly only?: 'header' | 'file'
}

export interface PartDescription {
  readonly type: string
  readonly provider: string
  readonly role?: Role
  readonly expected?: Expected
  readonly credential: string
  readonly pair?: string
  readonly identity?: string
}

/** A setting whose whole text, or the part `[start, end)` of it, is planted. */
export function plantedSetting(
  path: readonly string[],
  text: string,
  part: PartDescription,
  place: { readonly start?: number; readonly end?: number; readonly value?: string } = {},
): Setting {
  const start = place.start ?? 0
  const end = place.end ?? text.length
  const role = part.role ?? 'secret'
  const expected = part.expected ?? (role === 'companion' ? 'either' : role)
  return { path, text, plants: [{ ...part, role, expected, value: place.value ?? text.slice(start, end), start, end }] }
}

/** A setting that must not be reported as a secret. */
export function negativeSetting(path: readonly string[], text: string, negative: string, expected: Expected = 'nothing'): Setting {
  if (text === '') return { path, text, plants: [] }
  const plant: Plant = { credential: '', type: 'negative', provider: '', role: 'companion', expected, negative, value: text, start: 0, end: text.length }
  return { path, text, plants: [plant] }
}
