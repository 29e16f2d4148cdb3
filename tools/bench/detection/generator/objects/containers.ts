import type { Setting } from '../credential.ts'
import { type MarkedText, TextBuilder, compose, plainText } from '../marked-text.ts'
import { flatName } from '../naming.ts'
import type { Random } from '../random.ts'
import type { Json, JsonObject, PlacedText, Pointer } from './placed.ts'

/** A variable whose value stands in the workload, or comes from one key of an object. */
export type EnvPlan =
  | { readonly name: string; readonly text: MarkedText }
  | { readonly name: string; readonly source: 'Secret' | 'ConfigMap'; readonly object: string; readonly key: string }

export interface ContainerPlan {
  readonly name: string
  readonly image: string
  readonly env: readonly EnvPlan[]
  readonly envFrom: readonly { readonly source: 'Secret' | 'ConfigMap'; readonly object: string; readonly prefix?: string }[]
  readonly command: readonly MarkedText[]
  readonly args: readonly MarkedText[]
  readonly probeHeaders: readonly { readonly name: string; readonly text: MarkedText }[]
  readonly lifecycle: readonly MarkedText[]
  readonly mounts: readonly JsonObject[]
}

export const literal = (text: string): MarkedText => ({ text, marks: [], style: 'plain' })

/** A literal environment variable in capitals. */
export function envPlan(setting: Setting): EnvPlan {
  return { name: flatName(setting.path, 'screaming'), text: plainText(setting) }
}

/** Command-line forms of a setting: one item or two. */
export function argumentTexts(random: Random, setting: Setting): readonly MarkedText[] {
  const name = flatName(setting.path, 'kebab')
  const text = plainText(setting)
  return random.weighted<() => readonly MarkedText[]>([
    [5, () => [compose([`--${name}=`, text], 'flag')]],
    [3, () => [literal(`--${name}`), { ...text, style: 'flag-next' }]],
    [2, () => [compose([`-D${setting.path.join('.')}=`, text], 'system-property')]],
    [1, () => [literal('--set'), compose([`${setting.path.join('.')}=`, text], 'flag-set')]],
  ])()
}

/** `sh -c` with the settings exported before the program starts. */
export function shellCommand(random: Random, settings: readonly Setting[]): readonly MarkedText[] {
  const builder = new TextBuilder()
  const separator = random.pick([' && ', '; ', '\n'])
  const quote = random.pick(['"', "'"])
  for (const setting of settings) {
    builder.append(`export ${flatName(setting.path, 'screaming')}=${quote}`)
    const escape =
      quote === "'"
        ? (text: string): string => text.replaceAll("'", String.raw`'\''`)
        : (text: string): string => text.replaceAll(/["\\$`]/g, (character) => `\\${character}`)
    builder.appendSetting(setting, flatName(setting.path, 'screaming'), escape).append(`${quote}${separator}`)
  }
  builder.append(random.pick(['exec java -jar /app.jar', 'exec node server.js', './start.sh --verbose', 'gunicorn app:app']))
  return [literal(random.pick(['sh', '/bin/sh', 'bash'])), literal('-c'), builder.finish('shell-command')]
}

const reference = (plan: Extract<EnvPlan, { source: string }>): JsonObject =>
  plan.source === 'Secret' ? { secretKeyRef: { name: plan.object, key: plan.key } } : { configMapKeyRef: { name: plan.object, key: plan.key } }

function probe(plan: ContainerPlan): JsonObject {
  if (plan.probeHeaders.length === 0) return { livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 } }
  const httpHeaders = plan.probeHeaders.map(({ name }) => ({ name, value: '' }))
  return { livenessProbe: { httpGet: { path: '/healthz', port: 8080, httpHeaders }, periodSeconds: 10 } }
}

/** A container's JSON without its texts, and the texts with their pointers below `at`. */
export function buildContainer(
  plan: ContainerPlan,
  at: Pointer,
  place: { readonly env: 'env' | 'init-env'; readonly consumer: string },
): { readonly body: JsonObject; readonly texts: readonly PlacedText[] } {
  const texts: PlacedText[] = []
  const add = (pointer: Pointer, key: string, text: MarkedText, where: PlacedText['place']): void => {
    texts.push({ pointer: [...at, ...pointer], key, text, form: 'text', place: where, container: plan.name, usage: 'used', consumers: [place.consumer] })
  }
  plan.env.forEach((entry, index) => {
    if ('text' in entry) add(['env', index, 'value'], entry.name, entry.text, place.env)
  })
  plan.command.forEach((text, index) => add(['command', index], '', text, 'argument'))
  plan.args.forEach((text, index) => add(['args', index], '', text, 'argument'))
  plan.probeHeaders.forEach(({ name, text }, index) => add(['livenessProbe', 'httpGet', 'httpHeaders', index, 'value'], name, text, 'probe'))
  plan.lifecycle.forEach((text, index) => add(['lifecycle', 'postStart', 'exec', 'command', index], '', text, 'lifecycle'))
  const env: Json = plan.env.map((entry) => ('text' in entry ? { name: entry.name, value: '' } : { name: entry.name, valueFrom: reference(entry) }))
  const envFrom: Json = plan.envFrom.map(({ source, object, prefix }) => ({
    ...(prefix === undefined ? {} : { prefix }),
    [source === 'Secret' ? 'secretRef' : 'configMapRef']: { name: object },
  }))
  const body: JsonObject = {
    name: plan.name,
    image: plan.image,
    ...(plan.command.length > 0 ? { command: plan.command.map(() => '') } : {}),
    ...(plan.args.length > 0 ? { args: plan.args.map(() => '') } : {}),
    ...(plan.envFrom.length > 0 ? { envFrom } : {}),
    ...(plan.env.length > 0 ? { env } : {}),
    ...(place.env === 'env' ? probe(plan) : {}),
    ...(plan.lifecycle.length > 0 ? { lifecycle: { postStart: { exec: { command: plan.lifecycle.map(() => '') } } } } : {}),
    ...(plan.mounts.length > 0 ? { volumeMounts: plan.mounts } : {}),
    resources: { limits: { cpu: '500m', memory: '512Mi' }, requests: { cpu: '50m', memory: '128Mi' } },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  }
  return { body, texts }
}
