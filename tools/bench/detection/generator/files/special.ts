import { type Plant, type Setting, plantedSetting } from '../credential.ts'
import { awsAccessKeyId } from '../kinds/cloud.ts'
import { checkedToken } from '../kinds/checksums.ts'
import { certificateAndKey } from '../kinds/keys.ts'
import { type MarkedText, TextBuilder } from '../marked-text.ts'
import { type Random, BASE62, BASE64 } from '../random.ts'
import { domain, host, humanPassword, serviceName, userName } from '../words.ts'
import { jsonEscaped } from './trees.ts'

/** A file of its own format, with the credentials that it exists for. */
export interface SpecialFile {
  readonly name: string
  readonly text: MarkedText
}

type NextCredential = () => string
type MakeFile = (random: Random, next: NextCredential) => SpecialFile

const secretText = (text: string, type: string, credential: string): Setting => plantedSetting([], text, { type, provider: '', credential })
const singleLine = (random: Random): string => humanPassword(random).replaceAll(/[\s'":#\\$%&]/g, '')

function lines(
  random: Random,
  name: string,
  head: string,
  before: string,
  after: string,
  field: string,
  setting: Setting,
  escape?: (text: string) => string,
): SpecialFile {
  const noise = random.chance(0.5) ? '' : `${random.pick(['# ', '; '])}managed by the platform team\n`
  const comment = name.endsWith('.json') || name.endsWith('.xml') || name.endsWith('.sql') || name.startsWith('.pgpass') || name === 'userlist.txt' ? '' : noise
  return {
    name,
    text: new TextBuilder()
      .append(comment + head + before)
      .appendSetting(setting, field, escape)
      .append(after)
      .finish(name),
  }
}

const password = (random: Random, next: NextCredential): Setting => secretText(singleLine(random), 'password', next())

const pgpass: MakeFile = (random, next) =>
  lines(random, '.pgpass', '', `${host(random, 'postgres')}:5432:*:${userName(random)}:`, '\n', 'password', password(random, next))
const netrc: MakeFile = (random, next) =>
  lines(random, '.netrc', '', `machine git.${domain(random)}\n  login ${userName(random)}\n  password `, '\n', 'password', password(random, next))
const myCnf: MakeFile = (random, next) =>
  lines(random, 'my.cnf', '[client]\nport = 3306\n', `user = ${userName(random)}\npassword = `, '\nhost = db\n', 'client.password', password(random, next))
const redisConf: MakeFile = (random, next) =>
  lines(
    random,
    'redis.conf',
    'bind 0.0.0.0\nprotected-mode yes\nappendonly yes\nsave 900 1\n',
    'requirepass ',
    '\nmaxmemory 256mb\n',
    'requirepass',
    password(random, next),
  )
const npmrc: MakeFile = (random, next) =>
  lines(
    random,
    '.npmrc',
    `registry=https://npm.${domain(random)}/\nalways-auth=true\n`,
    `//npm.${domain(random)}/:_authToken=`,
    '\n',
    '_authToken',
    secretText(checkedToken(random, 'npm_', 30), 'npm-token', next()),
  )
const pypirc: MakeFile = (random, next) =>
  lines(
    random,
    '.pypirc',
    '[distutils]\nindex-servers = internal\n\n[internal]\n',
    `repository = https://pypi.${domain(random)}\nusername = ${userName(random)}\npassword = `,
    '\n',
    'internal.password',
    password(random, next),
  )
const userlist: MakeFile = (random, next) => lines(random, 'userlist.txt', '', `"${userName(random)}" "`, '"\n', 'password', password(random, next))
const gitCredentials: MakeFile = (random, next) =>
  lines(
    random,
    '.git-credentials',
    '',
    `https://${userName(random)}:`,
    `@git.${domain(random)}\n`,
    'password',
    secretText(random.text(BASE62, 20), 'url-password', next()),
  )
const initSql: MakeFile = (random, next) => {
  const user = userName(random)
  const [before, after] = random.pick([
    [`CREATE USER ${user} WITH PASSWORD '`, "';\n"],
    [`CREATE USER '${user}'@'%' IDENTIFIED BY '`, "';\nFLUSH PRIVILEGES;\n"],
    [`ALTER ROLE ${user} WITH LOGIN PASSWORD '`, "';\n"],
  ])
  const head = `CREATE DATABASE ${serviceName(random)};\nCREATE TABLE accounts (id serial PRIMARY KEY, password varchar(255) NOT NULL, token text);\n`
  return lines(random, 'init.sql', head, before, after, 'PASSWORD', password(random, next))
}
const tomcatUsers: MakeFile = (random, next) =>
  lines(
    random,
    'tomcat-users.xml',
    '<tomcat-users>\n  <role rolename="manager-gui"/>\n',
    `  <user username="${userName(random)}" password="`,
    '" roles="manager-gui"/>\n</tomcat-users>\n',
    'password',
    password(random, next),
  )
const prometheus: MakeFile = (random, next) =>
  lines(
    random,
    'prometheus.yml',
    `global:\n  scrape_interval: 30s\nscrape_configs:\n  - job_name: ${serviceName(random)}\n    basic_auth:\n      username: ${userName(random)}\n`,
    '      password: "',
    `"\n    static_configs:\n      - targets: ['${serviceName(random)}:9100']\n`,
    'scrape_configs[0].basic_auth.password',
    password(random, next),
  )
const alertmanager: MakeFile = (random, next) =>
  lines(
    random,
    'alertmanager.yml',
    `global:\n  smtp_smarthost: 'smtp.${domain(random)}:587'\n  smtp_auth_username: 'alerts'\n`,
    `  smtp_auth_password: '`,
    `'\nroute:\n  receiver: team\nreceivers:\n  - name: team\n`,
    'global.smtp_auth_password',
    password(random, next),
  )
const grafanaSource: MakeFile = (random, next) =>
  lines(
    random,
    'datasources.yaml',
    `apiVersion: 1\ndatasources:\n  - name: Postgres\n    type: postgres\n    url: ${host(random, 'postgres')}:5432\n    user: ${userName(random)}\n`,
    '    secureJsonData:\n      password: ',
    '\n    jsonData:\n      sslmode: disable\n',
    'datasources[0].secureJsonData.password',
    { ...password(random, next) },
  )
const fluentBit: MakeFile = (random, next) =>
  lines(
    random,
    'fluent-bit.conf',
    `[SERVICE]\n    Flush 5\n    Log_Level info\n[OUTPUT]\n    Name es\n    Match *\n    Host ${host(random, 'elastic')}\n`,
    `    HTTP_User ${userName(random)}\n    HTTP_Passwd `,
    '\n    Index logs\n',
    'OUTPUT.HTTP_Passwd',
    password(random, next),
  )
const curlScript: MakeFile = (random, next) =>
  lines(
    random,
    'backup.sh',
    '#!/bin/bash\nset -euo pipefail\n',
    random.pick([`curl -fsS -u ${userName(random)}:`, `mysqldump -h db -u${userName(random)} -p`, 'PGPASSWORD=', 'export RESTIC_PASSWORD=', 'redis-cli -a ']),
    random.pick([' https://backup.internal/trigger\n', ' --all-databases > /backup/dump.sql\n', ' pg_dump -h db app > /backup/app.sql\n']),
    '',
    password(random, next),
  )

const awsFile: MakeFile = (random, next) => {
  const credential = next()
  const id = awsAccessKeyId(random, random.int(100_000_000, 999_999_999) * 1000)
  const common = { type: 'aws-access-key', provider: 'aws', credential, pair: credential, identity: `aws:access-key-owner:${id}` }
  const profile = random.pick(['default', 'backup', serviceName(random)])
  const builder = new TextBuilder()
    .append(`[${profile}]\naws_access_key_id = `)
    .appendSetting(plantedSetting([], id, { ...common, role: 'identifier' }), `${profile}.aws_access_key_id`)
  builder
    .append('\naws_secret_access_key = ')
    .appendSetting(plantedSetting([], random.text(BASE64, 40), common), `${profile}.aws_secret_access_key`)
    .append('\nregion = eu-central-1\n')
  return { name: random.pick(['credentials', 'aws-credentials', 'cloud']), text: builder.finish('aws-credentials') }
}

/** Base64 of `user:password`, planted as the password inside it. */
function basicText(user: string, secret: string, credential: string): Setting {
  const text = Buffer.from(`${user}:${secret}`).toString('base64')
  return plantedSetting([], text, { type: 'registry-password', provider: '', credential }, { value: secret })
}

/** `.dockerconfigjson`, with `auth` alone or with user and password spelled out beside it. */
export const dockerConfig: MakeFile = (random, next) => {
  const registry = random.pick(['https://index.docker.io/v1/', `registry.${domain(random)}`, 'ghcr.io', `${serviceName(random)}.azurecr.io`])
  const credential = next()
  const user = userName(random)
  const secret = random.weighted<() => string>([
    [3, () => humanPassword(random)],
    [2, () => random.text(BASE62, 36)],
  ])()
  const builder = new TextBuilder().append(`{"auths":{${JSON.stringify(registry)}:{`)
  if (random.chance(0.6)) {
    const plain: Plant['type'] = 'registry-password'
    builder
      .append(`"username":${JSON.stringify(user)},"password":"`)
      .appendSetting(secretText(secret, plain, credential), `auths.${registry}.password`, jsonEscaped)
      .append('",')
  }
  builder
    .append('"auth":"')
    .appendSetting(basicText(user, secret, credential), `auths.${registry}.auth`)
    .append('"}}}')
  return { name: '.dockerconfigjson', text: builder.finish('dockerconfigjson') }
}

/** A kubeconfig with a bearer token, a client key, or a password. */
export const kubeconfig: MakeFile = (random, next) => {
  const { certificate, key } = certificateAndKey(random, 'kubernetes-admin')
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const builder = new TextBuilder().append(
    `apiVersion: v1\nkind: Config\ncurrent-context: main\nclusters:\n- name: main\n  cluster:\n    server: https://10.0.0.1:6443\n    certificate-authority-data: ${base64(certificate)}\ncontexts:\n- name: main\n  context:\n    cluster: main\n    user: admin\nusers:\n- name: admin\n  user:\n`,
  )
  if (random.chance(0.5)) {
    builder
      .append('    token: ')
      .appendSetting(secretText(random.text(BASE62, 43), 'bearer-token', next()), 'users[0].user.token')
      .append('\n')
  } else {
    const setting = plantedSetting([], base64(key), { type: 'private-key', provider: '', credential: next() }, { value: key })
    builder
      .append(`    client-certificate-data: ${base64(certificate)}\n    client-key-data: `)
      .appendSetting(setting, 'users[0].user.client-key-data')
      .append('\n')
  }
  return { name: random.pick(['kubeconfig', 'config', 'kubeconfig.yaml']), text: builder.finish('kubeconfig') }
}

const FILES: readonly MakeFile[] = [
  pgpass,
  netrc,
  myCnf,
  redisConf,
  npmrc,
  pypirc,
  userlist,
  gitCredentials,
  initSql,
  tomcatUsers,
  prometheus,
  alertmanager,
  grafanaSource,
  fluentBit,
  curlScript,
  awsFile,
  awsFile,
  kubeconfig,
  kubeconfig,
  dockerConfig,
]

/** Draws a file whose very format holds a credential. */
export function drawSpecialFile(random: Random, next: NextCredential): SpecialFile {
  return random.pick(FILES)(random, next)
}
