import { gzipSync } from 'node:zlib'
import type { JsonObject } from '../generator/index.ts'
import { certificateAndKey, rsaPem } from '../generator/kinds/keys.ts'
import { serviceAccountJwt } from '../generator/kinds/structured.ts'
import { BASE62, BASE64, HEX, type Random } from '../generator/random.ts'
import { manifestYaml } from '../generator/output.ts'
import { humanPassword, serviceName } from '../generator/words.ts'
import { certificates } from './configmaps.ts'
import { applicationYaml, startScript } from './files.ts'
import type { Place } from './place.ts'
import { workloadBody } from './workloads.ts'

const encode = (text: string): string => Buffer.from(text).toString('base64')

type SecretBody = JsonObject & { readonly type: string; readonly data: JsonObject }

/** An RSA key is dear to make, so a cluster has a few that are used over again. */
const rsaKeys: string[] = []
const RSA_KEYS_MAX = 24

function rsaKey(random: Random): string {
  if (rsaKeys.length < RSA_KEYS_MAX) rsaKeys.push(rsaPem(random, random.pick(['PKCS1', 'PKCS8'])))
  return random.pick(rsaKeys)
}

function tls(random: Random, place: Place, authority: string): SecretBody {
  const key = random.chance(0.7) ? rsaKey(random) : certificateAndKey(random, `${place.name}.${place.namespace}`).key
  return { type: 'kubernetes.io/tls', data: { 'ca.crt': encode(authority), 'tls.crt': encode(certificates(random, random.int(1, 3))), 'tls.key': encode(key) } }
}

function registry(random: Random): SecretBody {
  const password = random.text(BASE62, 32)
  const auths = { 'registry.example.net': { username: 'robot$ci', password, email: 'ci@example.net', auth: encode(`robot$ci:${password}`) } }
  return { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': encode(JSON.stringify({ auths })) } }
}

const OPAQUE: readonly (readonly [weight: number, key: string, value: (random: Random, place: Place) => string])[] = [
  [3, 'username', (_random, { name }) => name],
  [3, 'db-host', (_random, { namespace }) => `postgres-primary.${namespace}.svc`],
  [2, 'db-name', (_random, { name }) => name],
  [2, 'db-port', () => '5432'],
  [2, 'endpoint', (random) => `https://${serviceName(random)}.example.net/api`],
  [1, 'config.yaml', applicationYaml],
  [3, 'password', humanPassword],
  [2, 'db-password', (random) => random.text(BASE62, 24)],
  [1, 'api-key', (random) => random.text(HEX, 40)],
  [1, 'client-secret', (random) => random.text(BASE62, 40)],
  [1, 'DATABASE_URL', (random, { name, namespace }) => `postgresql://${name}:${random.text(BASE62, 20)}@postgres-primary.${namespace}.svc:5432/${name}`],
  [1, 'encryption-key', (random) => `${random.text(BASE64, 43)}=`],
]

function opaque(random: Random, place: Place): SecretBody {
  const data: Record<string, string> = {}
  for (let count = random.int(2, 6); count > 0; count--) {
    const [, key, value] = random.weighted(OPAQUE.map((row) => [row[0], row] as const))
    data[key] = encode(value(random, place))
  }
  return { type: 'Opaque', data }
}

function accountToken(random: Random, place: Place, authority: string): SecretBody {
  const token = serviceAccountJwt(random, place.namespace, place.name, `${place.name}-token`)
  return { type: 'kubernetes.io/service-account-token', data: { 'ca.crt': encode(authority), namespace: encode(place.namespace), token: encode(token) } }
}

const TEMPLATE = `{{- if .Values.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "chart.fullname" . }}
  labels: {{- include "chart.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicaCount }}
  template:
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          env:
            - name: DB_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: {{ include "chart.fullname" . }}
                  key: db-password
          resources: {{- toYaml .Values.resources | nindent 12 }}
{{- end }}
`

/** A release of a middle-sized chart: templates, default values, documentation, rendered manifest. */
function helmRelease(random: Random, place: Place): SecretBody {
  const file = (name: string, text: string): JsonObject => ({ name, data: encode(text) })
  const templates = Array.from({ length: random.int(12, 40) }, (_, index) =>
    file(`templates/${serviceName(random)}-${index}.yaml`, `${TEMPLATE}# ${random.text(BASE62, random.int(40, 400))}\n${startScript(random, place)}`),
  )
  const manifest = Array.from({ length: random.int(6, 20) }, (_, index) => {
    const { spec = {} } = workloadBody(random, 'Deployment', place)
    const document = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `${place.name}-${index}`, labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
      spec,
    }
    return `---\n# Source: ${place.name}/templates/${index}.yaml${manifestYaml(document)}`
  }).join('')
  const release = {
    name: place.name,
    info: {
      first_deployed: '2025-02-11T09:12:44Z',
      last_deployed: '2025-03-01T10:00:00Z',
      deleted: '',
      description: 'Upgrade complete',
      status: 'deployed',
      notes: '',
    },
    chart: {
      metadata: { name: place.name, version: '4.2.1', apiVersion: 'v2', appVersion: '1.9.0' },
      lock: null,
      templates,
      values: { replicaCount: 1, image: { repository: 'registry.example.net/app', tag: '' }, auth: { existingSecret: '', password: '' }, resources: {} },
      schema: null,
      files: [file('README.md', `# ${place.name}\n${startScript(random, place)}`)],
    },
    config: {
      replicaCount: 3,
      image: { tag: '1.9.1' },
      auth: random.chance(0.5) ? { password: humanPassword(random) } : { existingSecret: `${place.name}-auth` },
    },
    manifest,
    version: random.int(1, 30),
    namespace: place.namespace,
  }
  return { type: 'helm.sh/release.v1', data: { release: encode(gzipSync(JSON.stringify(release)).toString('base64')) } }
}

type Make = (random: Random, place: Place, authority: string) => SecretBody

/** Contents of Secrets with their shares. */
const CONTENTS: readonly (readonly [number, Make])[] = [
  [40, opaque],
  [22, tls],
  [12, registry],
  [18, accountToken],
  [8, helmRelease],
]

/** `type` and `data` of a Secret. */
export function secretBody(random: Random, place: Place, authority: string): SecretBody {
  return random.weighted(CONTENTS)(random, place, authority)
}
