import type { JsonObject } from '../generator/index.ts'
import { BASE64, type Random } from '../generator/random.ts'
import { humanPassword, serviceName } from '../generator/words.ts'
import { applicationProperties, applicationYaml, COREFILE, frontEndJson, grafanaDashboard, nginxConfiguration, prometheusRules, startScript } from './files.ts'
import type { Place } from './place.ts'

function certificate(random: Random): string {
  const lines = Array.from({ length: 18 }, (_, line) => (line === 0 ? `MIID${random.text(BASE64, 60)}` : random.text(BASE64, 64)))
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** Certificates of the issuers that a company trusts; `count` of them. Random bytes stand for signatures. */
export function certificates(random: Random, count: number): string {
  return Array.from({ length: count }, () => certificate(random)).join('')
}

function variables(random: Random, place: Place): JsonObject {
  const pairs = Array.from({ length: random.int(4, 20) }, (_, index): readonly [string, string] => [
    `${serviceName(random).toUpperCase()}_${random.pick(['URL', 'TIMEOUT_SECONDS', 'ENABLED', 'REGION', 'TOPIC'])}_${index}`,
    random.pick([`http://${serviceName(random)}.${place.namespace}.svc:8080`, '30', 'true', 'eu-central-1', `${serviceName(random)}.events.v1`]),
  ])
  // One in twelve holds what belongs into a Secret.
  if (random.chance(0.08)) pairs.push(['DB_USER', place.name], ['DB_PASSWORD', humanPassword(random)])
  return Object.fromEntries(pairs)
}

type Make = (random: Random, place: Place, authority: string) => JsonObject

/** Contents of ConfigMaps with their shares; a cluster-wide authority stands in every namespace. */
const CONTENTS: readonly (readonly [number, Make])[] = [
  [25, variables],
  [22, (_random, _place, authority) => ({ 'ca.crt': authority })],
  [18, (random, place) => ({ 'application.yml': applicationYaml(random, place) })],
  [8, (random, place) => ({ 'nginx.conf': nginxConfiguration(random, place) })],
  [6, (random) => ({ 'application.properties': applicationProperties(random) })],
  [6, (random, place) => ({ 'start.sh': startScript(random, place) })],
  [5, (random) => ({ [`${serviceName(random)}.rules.yaml`]: prometheusRules(random) })],
  [3, (random) => ({ [`${serviceName(random)}.json`]: grafanaDashboard(random) })],
  [3, (random) => ({ 'settings.json': frontEndJson(random) })],
  [1, (random) => ({ 'ca-bundle.crt': certificates(random, random.int(20, 60)) })],
  [1, () => ({ Corefile: COREFILE })],
]

/** `data` of a ConfigMap. */
export function configMapBody(random: Random, place: Place, authority: string): JsonObject {
  return { data: random.weighted(CONTENTS)(random, place, authority) }
}
