import type { Entry, EntryOrigin } from '@mintmark/ledger/detection'
import { fieldsOf, isFields, listOf, optionalText, textOf } from '../objects/fields.ts'
import type { FieldPath } from '../objects/path.ts'
import { EXPANDED_CHARS_MAX } from '../workloads/expansion.ts'
import type { Container, PodTemplate } from '../workloads/pod-template.ts'
import { VALUE_CHARS_MAX, tooLongProblem } from './group.ts'
import type { EntryGroup, GroupProblem } from './group.ts'

interface Placed {
  readonly entry: Entry
  /** Made only where something is to report. */
  readonly path: () => FieldPath
  readonly expanded?: boolean
}

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const
const HANDLERS = ['postStart', 'preStop'] as const

/** Values that are written into a workload itself: environment literals, command and arguments, probes and lifecycle handlers of every container. */
export function workloadGroups(template: PodTemplate, problems: GroupProblem[]): EntryGroup[] {
  const groups: EntryGroup[] = []
  for (const container of template.containers) {
    const { environment } = container
    for (const index of environment.tooLong) {
      const path = [...container.path, 'env', { index }, 'value']
      problems.push({ path, problem: `Variables were not filled in: the result would have more than ${EXPANDED_CHARS_MAX} characters` })
    }
    const lists = { env: environmentEntries(container), args: argumentEntries(container), handlers: handlerEntries(container) }
    for (const [list, placed] of Object.entries(lists)) {
      const group = toGroup(`${list} of ${container.name}`, container, placed, problems)
      if (group !== undefined) groups.push(group)
    }
  }
  return groups
}

function toGroup(id: string, container: Container, placed: readonly Placed[], problems: GroupProblem[]): EntryGroup | undefined {
  const kept = placed.filter(({ entry, path }) => {
    if (entry.value.length <= VALUE_CHARS_MAX) return entry.value !== ''
    problems.push(tooLongProblem(path(), entry.value.length))
    return false
  })
  if (kept.length === 0) return undefined
  const expanded = new Set<number>()
  for (const [index, one] of kept.entries()) if (one.expanded === true) expanded.add(index)
  return {
    id,
    entries: kept.map((one) => one.entry),
    context: { images: container.image === '' ? [] : [container.image] },
    exposure: 'workload',
    container: container.name,
    pathOf: (entry) => kept[entry]?.path() ?? container.path,
    ...(expanded.size === 0 ? {} : { expanded }),
  }
}

function toPlaced(key: string, value: string, origin: EntryOrigin, path: () => FieldPath, expanded: boolean): Placed {
  return { entry: { key, value, form: 'text', origin, aliases: [] }, path, expanded }
}

function environmentEntries(container: Container): Placed[] {
  const placed: Placed[] = []
  for (const variable of container.environment.variables) {
    if (variable.expanded === undefined) continue
    const path = (): FieldPath => [...container.path, 'env', { index: variable.index, name: variable.name }, 'value']
    placed.push(toPlaced(variable.name, variable.expanded, 'env', path, variable.expanded !== variable.literal))
  }
  return placed
}

/** Command and arguments are one list to the program, so `--password` at the end of one and its value at the start of the other stay neighbours. */
function argumentEntries(container: Container): Placed[] {
  const placed: Placed[] = []
  for (const field of ['command', 'args'] as const) {
    for (const [index, item] of listOf(container.fields[field]).entries()) {
      const written = textOf(item)
      const value = container.environment.expand(written)
      placed.push(toPlaced('', value, 'argument', () => [...container.path, field, { index }], value !== written))
    }
  }
  return placed
}

function handlerEntries(container: Container): Placed[] {
  const placed: Placed[] = []
  for (const probe of PROBES)
    if (container.fields[probe] !== undefined) placed.push(...oneHandler(container.fields[probe], 'probe', [...container.path, probe]))
  const lifecycle = fieldsOf(container.fields['lifecycle'])
  for (const handler of HANDLERS)
    if (lifecycle[handler] !== undefined) placed.push(...oneHandler(lifecycle[handler], 'lifecycle', [...container.path, 'lifecycle', handler]))
  return placed
}

function oneHandler(value: unknown, origin: 'probe' | 'lifecycle', path: FieldPath): Placed[] {
  if (!isFields(value)) return []
  const placed: Placed[] = []
  const request = fieldsOf(value['httpGet'])
  const target = optionalText(request['path'])
  // A path holds a credential only in its query.
  if (target?.includes('?') === true) placed.push(toPlaced('path', target, origin, () => [...path, 'httpGet', 'path'], false))
  for (const [index, header] of listOf(request['httpHeaders']).entries()) {
    if (!isFields(header)) continue
    const place = (): FieldPath => [...path, 'httpGet', 'httpHeaders', { index }, 'value']
    placed.push(toPlaced(textOf(header['name']), textOf(header['value']), origin, place, false))
  }
  for (const [index, word] of listOf(fieldsOf(value['exec'])['command']).entries()) {
    placed.push(toPlaced('', textOf(word), origin, () => [...path, 'exec', 'command', { index }], false))
  }
  return placed
}
