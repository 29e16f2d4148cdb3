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
  readonly literal?: string
  /** Of a literal, with the variables filled in that are literals themselves; equal to `literal` when nothing was to expand. */
  readonly expanded?: string
  readonly source?: KeySource
  /** Index of a later entry of the same name, which is the one that the container sees. */
  readonly replacedBy?: number
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

interface Written {
  readonly index: number
  readonly name: string
  readonly literal?: string
  readonly source?: KeySource
}

/**
 * Reads `env` and `envFrom` of a container.
 *
 * In `env`, a literal may name variables that stand before it; values that arrive from Secrets, ConfigMaps or the pod are not known here,
 * so `$(NAME)` of those stays as it is written and is judged as a reference.
 */
export function readEnvironment(container: Fields): Environment {
  const written = readVariables(container)
  const last = new Map(written.map((variable) => [variable.name, variable.index]))
  const known = new Map<string, string | undefined>()
  const tooLong: number[] = []
  const variables = written.map((variable): Variable => {
    const replacedBy = last.get(variable.name)
    const replaced = replacedBy === undefined || replacedBy === variable.index ? {} : { replacedBy }
    if (variable.literal === undefined) {
      known.set(variable.name, undefined)
      return { ...variable, ...replaced }
    }
    const expanded = expandVariables(variable.literal, (name) => known.get(name))
    if (expanded === undefined) tooLong.push(variable.index)
    known.set(variable.name, expanded)
    return { ...variable, ...replaced, expanded: expanded ?? variable.literal }
  })
  const expand = (text: string): string => expandVariables(text, (name) => known.get(name)) ?? text
  return { variables, sources: readSources(container), tooLong, expand }
}

function readVariables(container: Fields): Written[] {
  const variables: Written[] = []
  for (const [index, entry] of listOf(container['env']).entries()) {
    if (!isFields(entry)) continue
    const name = textOf(entry['name'])
    const from = entry['valueFrom']
    if (isFields(from)) {
      const source = readKeySource(from)
      variables.push(source === undefined ? { index, name } : { index, name, source })
    } else variables.push({ index, name, literal: scalarText(entry['value']) })
  }
  return variables
}

function readKeySource(from: Fields): KeySource | undefined {
  for (const [field, kind] of [
    ['secretKeyRef', 'Secret'],
    ['configMapKeyRef', 'ConfigMap'],
  ] as const) {
    const reference = from[field]
    if (!isFields(reference)) continue
    const name = optionalText(reference['name'])
    const key = optionalText(reference['key'])
    if (name !== undefined && key !== undefined) return { kind, name, key, optional: reference['optional'] === true }
  }
  return undefined
}

function readSources(container: Fields): VariableSource[] {
  const sources: VariableSource[] = []
  for (const [index, entry] of listOf(container['envFrom']).entries()) {
    if (!isFields(entry)) continue
    const prefix = textOf(entry['prefix'])
    for (const [field, kind] of [
      ['configMapRef', 'ConfigMap'],
      ['secretRef', 'Secret'],
    ] as const) {
      const reference = fieldsOf(entry[field])
      const name = optionalText(reference['name'])
      if (name !== undefined) sources.push({ index, prefix, kind, name, optional: reference['optional'] === true })
    }
  }
  return sources
}
