import { plantedSetting } from '../credential.ts'
import { certificateAndKey, opensshKey } from '../kinds/keys.ts'
import { serviceAccountJwt } from '../kinds/structured.ts'
import { plainText } from '../marked-text.ts'
import { humanPassword, userName } from '../words.ts'
import type { EntryPlan } from './configuration.ts'
import { literal } from './containers.ts'
import type { Draft } from './draft.ts'
import type { JsonObject } from './placed.ts'

/** A Secret whose type says what it holds, now and then. */
export function addTypedSecret(draft: Draft): void {
  const { random, namespace } = draft
  const push = (suffix: string, type: string, plan: readonly Omit<EntryPlan, 'place' | 'consumers'>[], annotations?: JsonObject): void => {
    draft.configuration.push({
      kind: 'Secret',
      namespace,
      name: `${draft.name}-${suffix}`,
      type,
      entries: plan.map((entry) => ({ ...entry, place: 'secret-typed', consumers: [] })),
      ...(annotations === undefined ? {} : { annotations }),
    })
  }
  const part = (type: string): { type: string; provider: string; credential: string } => ({ type, provider: '', credential: draft.nextCredential() })
  const kind = random.weighted([
    [10, 'none'],
    [2, 'tls'],
    [2, 'basic'],
    [2, 'ssh'],
    [1, 'token'],
    [1, 'bootstrap'],
    [1, 'argo'],
  ])
  if (kind === 'tls') {
    const { certificate, key } = certificateAndKey(random, `${draft.name}.${namespace}`)
    push('tls', 'kubernetes.io/tls', [
      { key: 'tls.crt', text: plainText({ text: certificate, plants: [] }) },
      { key: 'tls.key', text: plainText(plantedSetting([], key, part('private-key'), { end: key.trimEnd().length })), usage: 'no-static-consumer' },
    ])
  } else if (kind === 'basic') {
    push('basic', 'kubernetes.io/basic-auth', [
      { key: 'username', text: literal(userName(random)) },
      { key: 'password', text: plainText(plantedSetting([], humanPassword(random), part('password'))), usage: 'no-static-consumer' },
    ])
  } else if (kind === 'ssh') {
    const key = opensshKey(random, 'git@deploy')
    push('ssh', 'kubernetes.io/ssh-auth', [
      {
        key: 'ssh-privatekey',
        text: plainText(plantedSetting([], key.privateKey, part('private-key'), { end: key.privateKey.trimEnd().length })),
        usage: 'no-static-consumer',
      },
      { key: 'ssh-publickey', text: literal(key.publicKey) },
    ])
  } else if (kind === 'token') {
    const text = serviceAccountJwt(random, namespace, draft.name, `${draft.name}-token`)
    push(
      'token',
      'kubernetes.io/service-account-token',
      [
        { key: 'token', text: plainText(plantedSetting([], text, part('service-account-token'))) },
        { key: 'namespace', text: literal(namespace) },
        { key: 'ca.crt', text: literal(certificateAndKey(random, 'kube').certificate) },
      ],
      { 'kubernetes.io/service-account.name': draft.name },
    )
  } else if (kind === 'bootstrap') {
    push('bootstrap', 'bootstrap.kubernetes.io/token', [
      { key: 'token-id', text: literal(random.text('abcdefghij0123456789', 6)) },
      { key: 'token-secret', text: plainText(plantedSetting([], random.text('abcdefghij0123456789', 16), part('bootstrap-token'))) },
      { key: 'usage-bootstrap-authentication', text: literal('true') },
    ])
  } else if (kind === 'argo') {
    draft.configuration.push({
      kind: 'Secret',
      namespace,
      name: `repo-${draft.name}`,
      labels: { 'argocd.argoproj.io/secret-type': 'repository' },
      entries: [
        { key: 'url', text: literal('https://git.kontor.de/team/deploy.git'), place: 'secret-typed', consumers: [] },
        { key: 'username', text: literal('argocd'), place: 'secret-typed', consumers: [] },
        {
          key: 'password',
          text: plainText(plantedSetting([], random.chance(0.5) ? humanPassword(random) : random.text('abcdefABCDEF0123456789', 20), part('password'))),
          place: 'secret-typed',
          consumers: [],
          usage: 'no-static-consumer',
        },
      ],
    })
  }
}
