import { type Setting, plantedSetting } from '../credential.ts'
import { drawFile, drawSpecialFile } from '../files/index.ts'
import { jsonEscaped } from '../files/trees.ts'
import { TextBuilder, plainText } from '../marked-text.ts'
import { type NameStyle, flatName } from '../naming.ts'
import { humanPassword, userName } from '../words.ts'
import type { EntryPlan } from './configuration.ts'
import { envPlan } from './containers.ts'
import { type Draft, crowded } from './draft.ts'
import type { JsonObject, Place } from './placed.ts'

const KEY_STYLES: readonly NameStyle[] = ['kebab', 'screaming', 'snake', 'camel', 'kebab']

function entries(draft: Draft, settings: readonly Setting[], style: NameStyle, place: Place, usage: EntryPlan['usage']): EntryPlan[] {
  const consumers = usage === 'used' ? [draft.consumer] : []
  return settings.map((setting) => ({
    key: flatName(setting.path, style),
    text: plainText(setting),
    place,
    consumers,
    ...(usage === undefined ? {} : { usage }),
  }))
}

export function addKeyed(draft: Draft, kind: 'Secret' | 'ConfigMap', settings: readonly Setting[]): void {
  if (settings.length === 0) return
  const { random } = draft
  const style = random.pick(KEY_STYLES)
  const object = `${draft.name}-${kind === 'Secret' ? random.pick(['secrets', 'credentials', 'auth']) : 'settings'}`
  draft.configuration.push({
    kind,
    namespace: draft.namespace,
    name: object,
    entries: entries(draft, settings, style, kind === 'Secret' ? 'secret-entry' : 'configmap-entry', 'used'),
  })
  for (const setting of settings) {
    const name = random.chance(0.8)
      ? flatName(setting.path, 'screaming')
      : `${draft.name.toUpperCase().replaceAll('-', '_')}_${flatName(setting.path, 'screaming')}`
    draft.env.push({ name, source: kind, object, key: flatName(setting.path, style) })
  }
}

export function addWhole(draft: Draft, kind: 'Secret' | 'ConfigMap', settings: readonly Setting[]): void {
  if (settings.length === 0) return
  const object = `${draft.name}-env${kind === 'Secret' ? '-secret' : ''}`
  draft.configuration.push({
    kind,
    namespace: draft.namespace,
    name: object,
    entries: entries(draft, settings, 'screaming', kind === 'Secret' ? 'secret-entry' : 'configmap-entry', 'used'),
  })
  draft.envFrom.push({ source: kind, object, ...(draft.random.chance(0.25) ? { prefix: draft.random.pick(['APP_', 'CFG_', 'X_']) } : {}) })
}

export function mountConfiguration(draft: Draft, kind: 'Secret' | 'ConfigMap', object: string, keys: readonly string[]): void {
  const { random } = draft
  const volume = `${kind.toLowerCase()}-${draft.volumes.length}`
  const items = keys.map((key) => ({ key, path: key }))
  const source: JsonObject = kind === 'Secret' ? { secretName: object } : { name: object }
  const inner = { ...source, ...(random.chance(0.4) ? { items } : {}), defaultMode: 420 }
  const projected = { sources: [{ [kind === 'Secret' ? 'secret' : 'configMap']: { name: object } }], defaultMode: 420 }
  draft.volumes.push(random.chance(0.2) ? { name: volume, projected } : { name: volume, [kind === 'Secret' ? 'secret' : 'configMap']: inner })
  const [first] = keys
  draft.mounts.push(
    random.chance(0.3) && first !== undefined && keys.length === 1
      ? { name: volume, mountPath: `/etc/app/${first}`, subPath: first, readOnly: true }
      : { name: volume, mountPath: `/etc/${object}`, readOnly: true },
  )
}

export function addFiles(draft: Draft, kind: 'Secret' | 'ConfigMap', groups: readonly (readonly Setting[])[]): void {
  const { random } = draft
  if (groups.length === 0) return
  const size = random.weighted([
    [5, random.int(3, 15)],
    [4, random.int(20, 60)],
    [1, random.int(150, 500)],
  ])
  const settings = crowded(draft, groups, { filler: size, negatives: random.int(2, 12) })
  const file = drawFile(random, settings)
  const object = `${draft.name}-${kind === 'Secret' ? 'files' : 'config'}`
  const place: Place = kind === 'Secret' ? 'secret-file' : random.chance(0.06) ? 'configmap-binary' : 'configmap-file'
  const plan: EntryPlan[] = [{ key: file.name, text: file.text, place, usage: 'used', consumers: [draft.consumer] }]
  if (random.chance(0.3 * draft.density)) {
    const special = drawSpecialFile(random, draft.nextCredential)
    if (special.name !== file.name)
      plan.push({
        key: special.name,
        text: special.text,
        place: kind === 'Secret' ? 'secret-file' : 'configmap-file',
        usage: 'used',
        consumers: [draft.consumer],
      })
  }
  draft.configuration.push({ kind, namespace: draft.namespace, name: object, entries: plan })
  mountConfiguration(
    draft,
    kind,
    object,
    plan.map(({ key }) => key),
  )
}

export function addRaw(draft: Draft, groups: readonly (readonly Setting[])[]): void {
  for (const settings of groups) {
    const [setting] = settings
    if (setting === undefined) continue
    const object = `${draft.name}-${flatName(setting.path, 'kebab')}`
    const key = draft.random.pick(['key.json', 'credentials.json', 'service-account.json', flatName(setting.path, 'snake')])
    draft.configuration.push({
      kind: 'Secret',
      namespace: draft.namespace,
      name: object,
      entries: [{ key, text: plainText(setting), place: 'secret-file', usage: 'used', consumers: [draft.consumer] }],
    })
    mountConfiguration(draft, 'Secret', object, [key])
  }
}

export function addAnnotations(draft: Draft, groups: readonly (readonly Setting[])[]): void {
  for (const setting of groups.flat()) {
    const name = flatName(setting.path, 'kebab')
    if (draft.random.chance(0.5)) {
      const text = new TextBuilder()
        .append(`[{"host":"%%host%%","port":"5432","${flatName(setting.path, 'snake')}":"`)
        .appendSetting(setting, `[0].${flatName(setting.path, 'snake')}`, jsonEscaped)
        .append('"}]')
        .finish('annotation-json')
      draft.annotations.push({ key: `ad.datadoghq.com/${name.slice(0, 40)}.instances`, text })
    } else draft.annotations.push({ key: `${draft.random.pick(['config.kontor.de', 'deploy.internal', 'app'])}/${name}`, text: plainText(setting) })
  }
}

/** `DATABASE_URL` put together from other variables: the URL repeats nothing, the parts are planted on their own. */
export function addComposition(draft: Draft): void {
  if (!draft.random.chance(0.15 * draft.density)) return
  const credential = draft.nextCredential()
  const user: Setting = { path: ['pg-user'], text: userName(draft.random), plants: [] }
  const secret = plantedSetting(['pg-pass'], humanPassword(draft.random), { type: 'password', provider: '', credential })
  const url = '$(PG_USER):$(PG_PASS)'
  const place = { start: 'postgres://$(PG_USER):'.length, end: 'postgres://$(PG_USER):$(PG_PASS)'.length }
  const composed = plantedSetting(
    ['pg-connection'],
    `postgres://${url}@db:5432/app`,
    { type: 'url-password', provider: '', credential, expected: 'either' },
    place,
  )
  draft.env.push(envPlan(user), envPlan(secret), envPlan(composed))
}
