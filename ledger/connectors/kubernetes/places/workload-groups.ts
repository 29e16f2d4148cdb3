import type { Entry, EntryOrigin } from '@mintmark/ledger/detection'
import { fieldsOf, isFields, listOf, optionalText, textOf } from '../objects/fields.ts'
import type { Fields } from '../objects/fields.ts'
import type { FieldPath } from '../objects/path.ts'
import { EXPANDED_CHARS_MAX } from '../workloads/expansion.ts'
import type { Container, PodTemplate } from '../workloads/pod-template.ts'
import { VALUE_CHARS_MAX, tooLongProblem } from './group.ts'
import type { EntryGroup, GroupProblem } from './group.ts'

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const
const HANDLERS = ['postStart', 'preStop'] as const
const NO_ALIASES: readonly string[] = []

/** Values that are written into a workload itself: environment literals, command and arguments, probes and lifecycle handlers of every container. */
export function workloadGroups(template: PodTemplate, problems: GroupProblem[]): EntryGroup[] {
  const groups: EntryGroup[] = []
  for (const container of template.containers) {
    for (const index of container.environment.tooLong) {
      const path = [...container.path, 'env', { index }, 'value']
      problems.push({ path, problem: `Variables were not filled in: the result would have more than ${EXPANDED_CHARS_MAX} characters` })
    }
    for (const gathered of [environmentOf(container, problems), argumentsOf(container, problems), handlersOf(container, problems)]) {
      const group = gathered.toGroup()
      if (group !== undefined) groups.push(group)
    }
  }
  return groups
}

/** Values of one container that are judged together. What is made for each value is its entry and no more: most have nothing to report. */
class Gathered {
  readonly #list: string
  readonly #container: Container
  readonly #problems: GroupProblem[]
  readonly #entries: Entry[] = []
  /** The way from the container to each entry, asked only where something is to report. */
  readonly #places: ((entry: number) => FieldPath)[] = []
  /** A number that the way to each entry needs. */
  readonly #indexes: number[] = []
  #expanded: Set<number> | undefined

  constructor(list: string, container: Container, problems: GroupProblem[]) {
    this.#list = list
    this.#container = container
    this.#problems = problems
  }

  add(key: string, value: string, origin: EntryOrigin, index: number, place: (index: number) => FieldPath, isExpanded: boolean): void {
    if (value === '') return
    if (value.length > VALUE_CHARS_MAX) {
      this.#problems.push(tooLongProblem([...this.#container.path, ...place(index)], value.length))
      return
    }
    if (isExpanded) this.#expanded = (this.#expanded ?? new Set()).add(this.#entries.length)
    this.#entries.push({ key, value, form: 'text', origin, aliases: NO_ALIASES })
    this.#places.push(place)
    this.#indexes.push(index)
  }

  toGroup(): EntryGroup | undefined {
    if (this.#entries.length === 0) return undefined
    const { name, image } = this.#container
    return {
      id: `${this.#list} of ${name}`,
      entries: this.#entries,
      context: { images: image === '' ? [] : [image] },
      exposure: 'workload',
      container: name,
      pathOf: (entry) => [...this.#container.path, ...(this.#places[entry]?.(this.#indexes[entry] ?? 0) ?? [])],
      ...(this.#expanded === undefined ? {} : { expanded: this.#expanded }),
    }
  }
}

function environmentOf(container: Container, problems: GroupProblem[]): Gathered {
  const gathered = new Gathered('env', container, problems)
  const { variables } = container.environment
  const place = (at: number): FieldPath => {
    const { index, name } = variables[at] ?? { index: at, name: '' }
    return ['env', { index, name }, 'value']
  }
  for (let at = 0; at < variables.length; at++) {
    const variable = variables[at]
    if (variable?.expanded !== undefined) gathered.add(variable.name, variable.expanded, 'env', at, place, variable.expanded !== variable.literal)
  }
  return gathered
}

/** Command and arguments are one list to the program, so `--password` at the end of one and its value at the start of the other stay neighbours. */
function argumentsOf(container: Container, problems: GroupProblem[]): Gathered {
  const gathered = new Gathered('args', container, problems)
  for (const field of ['command', 'args'] as const) {
    const words = listOf(container.fields[field])
    if (words.length === 0) continue
    const place = (index: number): FieldPath => [field, { index }]
    for (let index = 0; index < words.length; index++) {
      const written = textOf(words[index])
      const value = container.environment.expand(written)
      gathered.add('', value, 'argument', index, place, value !== written)
    }
  }
  return gathered
}

function handlersOf(container: Container, problems: GroupProblem[]): Gathered {
  const gathered = new Gathered('handlers', container, problems)
  for (const probe of PROBES) addHandler(gathered, container.fields[probe], 'probe', [probe])
  const lifecycle = container.fields['lifecycle']
  if (isFields(lifecycle)) for (const handler of HANDLERS) addHandler(gathered, lifecycle[handler], 'lifecycle', ['lifecycle', handler])
  return gathered
}

function addHandler(gathered: Gathered, value: unknown, origin: 'probe' | 'lifecycle', path: readonly string[]): void {
  if (!isFields(value)) return
  const request = value['httpGet']
  if (isFields(request)) addRequest(gathered, request, origin, [...path, 'httpGet'])
  const words = listOf(fieldsOf(value['exec'])['command'])
  for (let index = 0; index < words.length; index++) {
    gathered.add('', textOf(words[index]), origin, index, (at) => [...path, 'exec', 'command', { index: at }], false)
  }
}

function addRequest(gathered: Gathered, request: Fields, origin: 'probe' | 'lifecycle', path: readonly string[]): void {
  const target = optionalText(request['path'])
  // A path holds a credential only in its query.
  if (target?.includes('?') === true) gathered.add('path', target, origin, 0, () => [...path, 'path'], false)
  for (const [index, header] of listOf(request['httpHeaders']).entries()) {
    if (!isFields(header)) continue
    gathered.add(textOf(header['name']), textOf(header['value']), origin, index, (at) => [...path, 'httpHeaders', { index: at }, 'value'], false)
  }
}
