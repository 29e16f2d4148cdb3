import { fieldsOf, isFields, listOf, optionalText, scalarText, textOf } from '../objects/fields.ts'
import type { Fields } from '../objects/fields.ts'
import { expandVariables } from './expansion.ts'

/** A Secret or ConfigMap that a container takes values from. */
export interface ValueSource {
  readonly kind: 'Secret' | 'ConfigMap'
  readonly name: string
  /** The container starts without it. */
  readonly optional: boolean
}

/** One key of it. */
export interface KeySource extends ValueSource {
  readonly key: string
}

/** One entry of `env`. */
export interface Variable {
  readonly index: number
  readonly name: string
  /** As written, of a literal. */
  readonly literal: string | undefined
  /** Of a literal, with the variables filled in that are literals themselves; equal to `literal` when nothing was to expand. */
  readonly expanded: string | undefined
  readonly source: KeySource | undefined
  /** Index of a later entry of the same name, which is the one that the container sees. */
  readonly replacedBy: number | undefined
}

/** One entry of `envFrom`: all keys of an object, each named prefix + key. */
export interface VariableSource extends ValueSource {
  readonly index: number
  readonly prefix: string
}

/** What a container's environment is made of, in the order in which the kubelet makes it. */
export interface Environment {
  readonly variables: readonly Variable[]
  readonly sources: readonly VariableSource[]
  /** Indexes of entries whose expansion would have become too long; they keep their written form. */
  readonly tooLong: readonly number[]
  /** Fills in the variables of a command or argument: the whole environment counts there. */
  readonly expand: (text: string) => string
}

/** Up to here names are compared one by one, which is cheaper than a map of them. */
const FEW_VARIABLES = 16

/**
 * Reads `env` and `envFrom` of a container.
 *
 * In `env`, a literal may name variables that stand before it; values that arrive from Secrets, ConfigMaps or the pod are not known here,
 * so `$(NAME)` of those stays as it is written and is judged as a reference.
 */
export function readEnvironment(container: Fields): Environment {
  const variables: Variable[] = []
  const tooLong: number[] = []
  // Few containers name variables at all, and for the others no map of them is made.
  let known: Map<string, string | undefined> | undefined
  const lookUp = (name: string): string | undefined => {
    known ??= new Map(variables.map((variable) => [variable.name, tooLong.includes(variable.index) ? undefined : variable.expanded]))
    return known.get(name)
  }
  const written = listOf(container['env'])
  for (let index = 0; index < written.length; index++) {
    const entry = written[index]
    if (!isFields(entry)) continue
    const name = textOf(entry['name'])
    const from = entry['valueFrom']
    const literal = isFields(from) ? undefined : scalarText(entry['value'])
    const expanded = literal?.includes('$') === true ? expandVariables(literal, lookUp) : literal
    if (expanded === undefined && literal !== undefined) tooLong.push(index)
    variables.push({
      index,
      name,
      literal,
      expanded: expanded ?? literal,
      source: isFields(from) ? readKeySource(from) : undefined,
      replacedBy: undefined,
    })
    known?.set(name, expanded)
  }
  const expand = (text: string): string => (text.includes('$') ? (expandVariables(text, lookUp) ?? text) : text)
  return { variables: markReplaced(variables), sources: readSources(container), tooLong, expand }
}

/** Of entries of one name, the container sees the last one. */
function markReplaced(variables: Variable[]): readonly Variable[] {
  if (variables.length <= FEW_VARIABLES && !hasRepeatedName(variables)) return variables
  const last = new Map(variables.map((variable) => [variable.name, variable.index]))
  if (last.size === variables.length) return variables
  return variables.map((variable) => {
    const replacedBy = last.get(variable.name)
    return replacedBy === variable.index ? variable : { ...variable, replacedBy }
  })
}

function hasRepeatedName(variables: readonly Variable[]): boolean {
  for (let place = 1; place < variables.length; place++) {
    const name = variables[place]?.name
    for (let other = 0; other < place; other++) if (variables[other]?.name === name) return true
  }
  return false
}

function readKeySource(from: Fields): KeySource | undefined {
  return keySourceOf('Secret', from['secretKeyRef']) ?? keySourceOf('ConfigMap', from['configMapKeyRef'])
}

function keySourceOf(kind: ValueSource['kind'], reference: unknown): KeySource | undefined {
  if (!isFields(reference)) return undefined
  const name = optionalText(reference['name'])
  const key = optionalText(reference['key'])
  return name === undefined || key === undefined ? undefined : { kind, name, key, optional: reference['optional'] === true }
}

const NO_SOURCES: readonly VariableSource[] = []

function readSources(container: Fields): readonly VariableSource[] {
  const written = listOf(container['envFrom'])
  if (written.length === 0) return NO_SOURCES
  const sources: VariableSource[] = []
  for (const [index, entry] of written.entries()) {
    if (!isFields(entry)) continue
    const prefix = textOf(entry['prefix'])
    const add = (kind: ValueSource['kind'], reference: Fields): void => {
      const name = optionalText(reference['name'])
      if (name !== undefined) sources.push({ index, prefix, kind, name, optional: reference['optional'] === true })
    }
    add('ConfigMap', fieldsOf(entry['configMapRef']))
    add('Secret', fieldsOf(entry['secretRef']))
  }
  return sources
}
