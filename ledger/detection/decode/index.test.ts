import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Entry, EntryContext } from '../finding.ts'
import { decodeEntries } from './index.ts'

const ALONE: EntryContext = { images: [] }

function entry(key: string, value: string, more: Partial<Entry> = {}): Entry {
  return { key, value, form: 'text', origin: 'configmap', aliases: [], ...more }
}

function base64(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64')
}

/** Name, value and place of the values of one entry. */
function valuesOf(entries: readonly Entry[], context = ALONE): string[] {
  return decodeEntries(entries, context)
    .leaves.filter((leaf) => leaf.structure === 'value')
    .map((leaf) => `${leaf.name}=${leaf.text}@${leaf.line}:${leaf.column}`)
}

describe('files of a ConfigMap', () => {
  test.each([
    ['app.py', 'self.password = password\n'],
    ['app.py', 'login(user=name, password=form.password,\n  token=None)\n'],
    ['Main.java', 'String password = readPassword(console);\n'],
    ['types.ts', 'export interface User {\n  password: string;\n  token: Option<Token>,\n}\n'],
    ['app.py', "if data['password'] != data['confirm']:\n"],
    ['main.go', 'if changed("password") && options.password != "-" {\n'],
    ['app.py', '# password: the password of the user\n# token: str, given by the server\n'],
    ['main.tf', 'password = var.db_password\n'],
    ['init.sql', "INSERT INTO users (name, password) VALUES ('app', crypt('s3cr3tpw1', gen_salt('bf')));\n"],
    ['run.sh', 'docker login --password-stdin shop.io < file\n'],
    ['run.sh', 'htpasswd -c /etc/nginx/users app\n'],
    ['run.sh', 'echo done | tee file\n'],
    ['app.js', 'i18n.auth("title", "please log in");\nrouter.login("route", "login_page")\n'],
    ['router.cfg', 'hostname a\nenable secret 5 $1$abcd$0123456789012345678901\n'],
  ])('%s: %j holds no value under the name of a secret', (key, text) => {
    const values = valuesOf([entry(key, text)])
    expect(values.filter((value) => /^(?:self\.)?(?:password|token)=/.test(value))).toStrictEqual([])
  })

  test.each([
    ['.env', '# comment\nexport DB_PASSWORD="s3cr3t pw1"\n', 'DB_PASSWORD=s3cr3t pw1@2:21'],
    ['.env', "API_KEY='abc123def'\r\n", 'API_KEY=abc123def@1:10'],
    ['app.properties', 'db.password = s3cr3tpw1\n', 'db.password=s3cr3tpw1@1:15'],
    ['app.properties', 'db.password=pa\\:ss9\n', 'db.password=pa:ss9@1:13'],
    ['app.properties', 'db.password=s3cr\\\n    3tpw1\n', 'db.password=s3cr3tpw1@1:13'],
    ['my.cnf', '[client]\nuser=root\npassword=s3cr3tpw1\n', 'password=s3cr3tpw1@3:10'],
    ['app.toml', '[database]\npassword = "s3cr3tpw1" # why\n', 'password=s3cr3tpw1@2:13'],
    ['application.yml', 'spring:\n  datasource:\n    password: s3cr3tpw1 # why\n', 'password=s3cr3tpw1@3:15'],
    ['application.yml', 'db: {user: app, password: "s3cr3tpw1"}\n', 'password=s3cr3tpw1@1:28'],
    ['compose.yml', 'services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=s3cr3tpw1\n', 'POSTGRES_PASSWORD=s3cr3tpw1@4:27'],
    ['pod.yaml', 'env:\n- name: DB_PASSWORD\n  value: s3cr3tpw1\n', 'DB_PASSWORD=s3cr3tpw1@3:10'],
    ['config.json', '{\n  "db": { "password": "s3cr3tpw1" }\n}', 'password=s3cr3tpw1@2:24'],
    ['config.json', "{ // comment\n  password: 's3cr3tpw1', }", 'password=s3cr3tpw1@2:14'],
    ['settings.xml', '<server>\n <id>nexus</id>\n <password>s3cr3tpw1</password></server>', 'password=s3cr3tpw1@3:12'],
    ['web.config', '<add key="DbPassword" value="s3cr3tpw1"/>', 'DbPassword=s3cr3tpw1@1:30'],
    ['tomcat-users.xml', '<user username="admin" password="s3cr3tpw1" roles="manager"/>', 'password=s3cr3tpw1@1:34'],
    ['redis.conf', 'port 6379\nrequirepass s3cr3tpw1\n', 'requirepass=s3cr3tpw1@2:13'],
    ['rabbitmq.conf', 'default_user = app\ndefault_pass = s3cr3tpw1\n', 'default_pass=s3cr3tpw1@2:16'],
    ['nginx.conf', 'server {\n  set $api_key "s3cr3tpw1";\n}\n', 'api_key=s3cr3tpw1@2:17'],
    ['fluent-bit.conf', '[OUTPUT]\n    Name  es\n    HTTP_Passwd  s3cr3tpw1\n', 'HTTP_Passwd=s3cr3tpw1@3:18'],
    ['init.sql', "CREATE USER app IDENTIFIED BY 's3cr3tpw1';\n", 'password=s3cr3tpw1@1:32'],
    ['init.sql', "ALTER ROLE app WITH LOGIN PASSWORD 's3cr3tpw1';\n", 'password=s3cr3tpw1@1:37'],
    ['wp-config.php', "<?php\ndefine('DB_PASSWORD', 's3cr3tpw1');\n", 'DB_PASSWORD=s3cr3tpw1@2:24'],
    ['config.php', "return [\n  'password' => 's3cr3tpw1',\n];\n", 'password=s3cr3tpw1@2:18'],
    ['settings.py', 'SECRET_KEY = "s3cr3tpw1"\n', 'SECRET_KEY=s3cr3tpw1@1:15'],
    ['config.js', 'module.exports = {\n  password: "s3cr3tpw1",\n}\n', 'password=s3cr3tpw1@2:14'],
    ['.pgpass', 'db:5432:shop:app:s3cr3tpw1\n', 'password=s3cr3tpw1@1:18'],
    ['userlist.txt', '"app" "s3cr3tpw1"\n', 'password=s3cr3tpw1@1:8'],
    ['.netrc', 'machine git.shop login app password s3cr3tpw1\n', 'password=s3cr3tpw1@1:37'],
    ['.npmrc', '//registry.shop/:_authToken=s3cr3tpw1\n', '_authToken=s3cr3tpw1@1:29'],
    ['start.sh', '#!/bin/sh\nexport TOKEN=s3cr3tpw1\nmysql -uroot -ps3cr3tpw2 shop\n', 'password=s3cr3tpw2@3:16'],
    ['start.sh', '#!/bin/sh\nexec app --db-password=s3cr3tpw1\n', 'db-password=s3cr3tpw1@2:24'],
    ['user.php', "$user = ['name' => 'app', 'password' => Hash::make('s3cr3tpw1')];\n", 'password=s3cr3tpw1@1:53'],
    ['settings.py', 'import os\nPASSWORD = os.getenv("DB_PASSWORD", "s3cr3tpw1")\n', 'PASSWORD=s3cr3tpw1@2:38'],
    ['db.js', "const secret = process.env.SECRET || 's3cr3tpw1';\n", 'secret=s3cr3tpw1@1:39'],
    ['test.ts', "  await login({ user: 'app', password: 's3cr3tpw1' });\n", 'password=s3cr3tpw1@1:41'],
    ['client.py', 'client = Client(url, api_key="s3cr3tpw1", retries=3)\n', 'api_key=s3cr3tpw1@1:31'],
    ['README.md', '| body | `{ "password": "s3cr3tpw1" }` |\n', 'password=s3cr3tpw1@1:26'],
    ['snippet', '  "user": "app",\n  "password": "s3cr3tpw1",\n', 'password=s3cr3tpw1@2:16'],
    ['run.sh', 'PGPASSWORD=s3cr3tpw1 psql -h db -U app shop\n', 'PGPASSWORD=s3cr3tpw1@1:12'],
    ['run.sh', 'export MYSQL_PWD="s3cr3tpw1"; mysqldump -u app shop\n', 'MYSQL_PWD=s3cr3tpw1@1:19'],
    ['run.sh', 'helm install x --set auth.user=a,auth.password=s3cr3tpw1,db=b\n', 'auth.password=s3cr3tpw1@1:48'],
    ['run.sh', 'http -a admin:s3cr3tpw1 https://shop\n', 'password=s3cr3tpw1@1:15'],
    ['run.sh', "#sshpass -p 's3cr3tpw1' ssh app@shop\n", 'password=s3cr3tpw1@1:14'],
    ['values.yaml', '# password: s3cr3tpw1\nport: 80\n', 'password=s3cr3tpw1@1:13'],
    ['app.conf', 'password s3cr3tpw1 # of the app\n', 'password=s3cr3tpw1@1:10'],
    ['app.ts', 'if (user.password === "s3cr3tpw1") {\n', 'user.password=s3cr3tpw1@1:24'],
    ['App.java', 'if (password.equals("s3cr3tpw1")) {\n', 'password=s3cr3tpw1@1:22'],
    ['app.js', 'request.setHeader("Authorization", "s3cr3tpw1")\n', 'Authorization=s3cr3tpw1@1:37'],
    ['users.ini', '[user:app]\npassword:s3cr3tpw1\n', 'password=s3cr3tpw1@2:10'],
    ['vars.tf', 'variable "db_password" {\n  default = "s3cr3tpw1"\n}\n', 'default=s3cr3tpw1@2:14'],
    ['init.mongo', 'db.createUser({ user: "app", pwd: "s3cr3tpw1", roles: [] })', 'pwd=s3cr3tpw1@1:36'],
    ['test.py', "    self.run('user create --name app --password s3cr3tpw1 --wait')\n", 'password=s3cr3tpw1@1:49'],
    ['run.sh', 'curl -u admin:s3cr3tpw1 https://shop\n', 'password=s3cr3tpw1@1:15'],
    ['run.sh', '#!/bin/sh\necho "app:s3cr3tpw1" | sudo chpasswd\n', 'password=s3cr3tpw1@2:11'],
    ['run.sh', 'echo s3cr3tpw1 | docker login -u app --password-stdin shop.io\n', 'password=s3cr3tpw1@1:6'],
    ['run.sh', "printf '%s' s3cr3tpw1 | sudo -S ls\n", 'password=s3cr3tpw1@1:13'],
    ['run.sh', 'htpasswd -bc /etc/nginx/users app s3cr3tpw1\n', 'password=s3cr3tpw1@1:35'],
    ['run.sh', 'htpasswd -nb app s3cr3tpw1\n', 'password=s3cr3tpw1@1:18'],
    ['run.sh', 'htpasswd -nb app s3cr3tpw1 | tr -d x > users\n', 'password=s3cr3tpw1@1:18'],
    ['run.sh', 'rabbitmqctl -n rabbit add_user app s3cr3tpw1\n', 'password=s3cr3tpw1@1:36'],
    ['run.sh', 'mc alias set shop http://minio:9000 app s3cr3tpw1\n', 'password=s3cr3tpw1@1:41'],
    ['run.sh', 'consul kv put shop/db/password s3cr3tpw1\n', 'shop/db/password=s3cr3tpw1@1:32'],
    ['run.sh', 'keytool -importkeystore -srcstorepass s3cr3tpw1\n', 'srcstorepass=s3cr3tpw1@1:39'],
    ['run.sh', 'openssl enc -aes-256-cbc -k s3cr3tpw1 -in a\n', 'password=s3cr3tpw1@1:29'],
    ['init.sql', "SET PASSWORD FOR 'app'@'%' = 's3cr3tpw1';\n", 'password=s3cr3tpw1@1:31'],
    ['init.sql', "INSERT INTO users (name, password) VALUES ('app', 's3cr3tpw1');\n", 'password=s3cr3tpw1@1:52'],
    ['init.sql', "insert into shop.users\n  (`password`, age)\nvalues\n  ('a''b', 1),\n  ('s3cr3tpw1', 2);\n", 'password=s3cr3tpw1@5:5'],
    ['haproxy.cfg', 'userlist shop\n  user app insecure-password s3cr3tpw1\n', 'password=s3cr3tpw1@2:30'],
    ['haproxy.cfg', 'listen stats\n  stats auth app:s3cr3tpw1\n', 'password=s3cr3tpw1@2:18'],
    ['users.acl', 'user default off\nuser app on >s3cr3tpw1 ~* +@all\n', 'password=s3cr3tpw1@2:14'],
    ['squid.conf', 'cache_peer up.shop parent 3128 0 login=app:s3cr3tpw1 default\n', 'password=s3cr3tpw1@1:44'],
    ['telegraf.conf', '[[outputs.influxdb_v2]]\n  token = "s3cr3tpw1"\n', 'token=s3cr3tpw1@2:12'],
    ['hosts.ini', '[web]\n10.0.0.1 ansible_user=root ansible_ssh_pass=s3cr3tpw1 ansible_port=22\n', 'ansible_ssh_pass=s3cr3tpw1@2:45'],
    ['mail.py', 'server.login("app@shop", "s3cr3tpw1")\n', 'password=s3cr3tpw1@1:27'],
    ['client.py', 'requests.get(url, auth=("app", "s3cr3tpw1"))\n', 'password=s3cr3tpw1@1:33'],
    ['init.js', "db.getSiblingDB('admin').auth('root', 's3cr3tpw1');\n", 'password=s3cr3tpw1@1:40'],
    ['Db.java', 'c = DriverManager.getConnection(url, "app", "s3cr3tpw1");\n', 'password=s3cr3tpw1@1:46'],
    ['sasl_passwd', '[smtp.shop]:587 app@shop:s3cr3tpw1\n', 'password=s3cr3tpw1@1:26'],
    ['jaas.conf', 'KafkaServer {\n  x.PlainLoginModule required\n  username="a" user_app="s3cr3tpw1";\n};\n', 'password=s3cr3tpw1@3:26'],
    ['clients.conf', 'client shop {\n  secret = s3cr3tpw1 }\n', 'secret=s3cr3tpw1@2:12'],
    ['router.cfg', 'hostname a\nenable secret 0 s3cr3tpw1\n', 'password=s3cr3tpw1@2:17'],
    ['router.cfg', 'hostname a\nusername app privilege 15 password s3cr3tpw1\n', 'password=s3cr3tpw1@2:36'],
    ['snmpd.conf', 'rocommunity s3cr3tpw1 10.0.0.0/8\n', 'password=s3cr3tpw1@1:13'],
    ['snmpd.conf', 'createUser app SHA "s3cr3tpw0" AES s3cr3tpw1\n', 'password=s3cr3tpw1@1:36'],
  ])('%s: %j', (key, text, expected) => {
    expect(valuesOf([entry(key, text)])).toContain(expected)
  })

  test('a block of a YAML file is a file of its own, with the places of the outer one', () => {
    expect(valuesOf([entry('values.yaml', 'config:\n  app.env: |\n    A=1\n    DB_PASSWORD=s3cr3tpw1\n')])).toContain('DB_PASSWORD=s3cr3tpw1@4:17')
  })

  test('a file inside a JSON text has the places of its escaped form', () => {
    const text = `{"app.env":"A=1\\nDB_PASSWORD=s3cr3tpw1\\n"}`
    expect(valuesOf([entry('config.json', text)])).toContain(`DB_PASSWORD=s3cr3tpw1@1:${text.indexOf('s3cr3tpw1') + 1}`)
  })

  test('values know their neighbours, with public hints and without secrets', () => {
    const { leaves } = decodeEntries([entry('a.yml', 'host: db.shop\nusername: app\npassword: s3cr3tpw1\n')], ALONE)
    expect(leaves.find((leaf) => leaf.name === 'password')?.siblings).toStrictEqual(['host=db.shop', 'username=app', 'password'])
  })
})

describe('arguments', () => {
  const words = (...values: string[]): Entry[] => values.map((value) => entry('', value, { origin: 'argument' }))

  test.each([
    [['--db-password=s3cr3tpw1'], 'db-password=s3cr3tpw1@1:15'],
    [['--db-password', 's3cr3tpw1'], 'db-password=s3cr3tpw1@1:1'],
    [['-Dspring.datasource.password=s3cr3tpw1'], 'spring.datasource.password=s3cr3tpw1@1:30'],
    [['redis-cli', '-a', 's3cr3tpw1'], 'password=s3cr3tpw1@1:1'],
    [['sh', '-c', 'DB_PASSWORD=s3cr3tpw1 ./run'], 'DB_PASSWORD=s3cr3tpw1@1:13'],
    [['sh', '-c', 'redis-server --requirepass "s3cr3tpw1"'], 'requirepass=s3cr3tpw1@1:29'],
    [['curl', '-H', 'X-Api-Key: s3cr3tpw1'], 'X-Api-Key=s3cr3tpw1@1:12'],
    [['helm', '--set', 'auth.password=s3cr3tpw1'], 'auth.password=s3cr3tpw1@1:15'],
  ])('%j', (args, expected) => {
    expect(valuesOf(words(...args))).toContain(expected)
  })

  test('a flag without a value does not take the next flag', () => {
    expect(valuesOf(words('--password', '--verbose'))).toStrictEqual([])
  })
})

describe('Secrets', () => {
  const secret = (key: string, value: string): Entry => entry(key, base64(value), { form: 'base64', origin: 'secret' })

  test('data is base64 once, and places are those of the decoded text', () => {
    expect(valuesOf([secret('app.env', 'A=1\nDB_PASSWORD=s3cr3tpw1\n')])).toContain('DB_PASSWORD=s3cr3tpw1@2:13')
  })

  test('the password of a registry is found behind auth', () => {
    const config = JSON.stringify({ auths: { 'registry.shop': { username: 'app', auth: base64('app:s3cr3tpw1') } } })
    const { leaves } = decodeEntries([secret('.dockerconfigjson', config)], { images: [], secretType: 'kubernetes.io/dockerconfigjson' })
    expect(leaves).toHaveLength(1)
    expect(leaves[0]).toMatchObject({
      name: 'password',
      text: 's3cr3tpw1',
      field: 'auths[registry.shop].auth',
      encoding: ['base64', 'base64'],
      siblings: ['registry=registry.shop', 'username=app'],
    })
  })

  test('an old .dockercfg has registries at its top', () => {
    const config = JSON.stringify({ 'registry.shop': { auth: base64('app:s3cr3tpw1') } })
    expect(decodeEntries([secret('.dockercfg', config)], { images: [], secretType: 'kubernetes.io/dockercfg' }).leaves[0]?.text).toBe('s3cr3tpw1')
  })

  test('a superseded Helm release is opened and marked as past', () => {
    const manifest = `---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: ${base64('s3cr3tpw2')}\n`
    const release = {
      version: 3,
      info: { status: 'superseded' },
      config: { db: { password: 's3cr3tpw1' } },
      manifest,
      chart: { values: {}, templates: [{ name: 'templates/a.yaml', data: base64('password: s3cr3tpw3\n') }] },
    }
    const packed = base64(gzipSync(JSON.stringify(release)))
    const { leaves, problems } = decodeEntries([secret('release', packed)], { images: [], secretType: 'helm.sh/release.v1' })
    expect(problems).toStrictEqual([])
    expect(leaves.map((leaf) => [leaf.field, leaf.text])).toStrictEqual([
      ['config.db.password', 's3cr3tpw1'],
      ['manifest.data.password', 's3cr3tpw2'],
      ['chart.templates[templates/a.yaml].password', 's3cr3tpw3'],
    ])
    expect(leaves.every((leaf) => leaf.historic === 'Helm revision 3 (superseded)')).toBe(true)
  })

  test('a kubeconfig gives its token and the key behind base64', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n'
    const text = `users:\n- name: a\n  user:\n    client-key-data: ${base64(key)}\n    token: s3cr3tpw1\n`
    expect(decodeEntries([secret('kubeconfig', text)], ALONE).leaves.map((leaf) => leaf.text)).toEqual(expect.arrayContaining([key.trimEnd(), 's3cr3tpw1']))
  })

  test('the last-applied annotation of a Secret is read like the Secret', () => {
    const applied = JSON.stringify({ kind: 'Secret', data: { password: base64('s3cr3tpw1') }, stringData: { token: 's3cr3tpw2' } })
    const annotation = entry('kubectl.kubernetes.io/last-applied-configuration', applied, { origin: 'annotation' })
    expect(decodeEntries([annotation], ALONE).leaves.map((leaf) => [leaf.field, leaf.text])).toStrictEqual([
      ['data.password', 's3cr3tpw1'],
      ['stringData.token', 's3cr3tpw2'],
    ])
  })

  test('an opaque value that is base64 of a text is seen in both forms', () => {
    const { leaves } = decodeEntries([entry('DB_PASSWORD', base64('s3cr3tpassword'), { origin: 'env' })], ALONE)
    expect(leaves.map((leaf) => [leaf.structure, leaf.text])).toStrictEqual([
      ['text', base64('s3cr3tpassword')],
      ['value', 's3cr3tpassword'],
    ])
  })
})

describe('broken and hostile input', () => {
  test('invalid base64 is a problem that names the field and no value', () => {
    const { problems } = decodeEntries([entry('password', '%%%s3cr3t', { form: 'base64', origin: 'secret' })], ALONE)
    expect(problems).toHaveLength(1)
    expect(problems[0]?.problem).not.toContain('s3cr3t')
  })

  test('a broken file is a problem, and its values are found all the same', () => {
    const { leaves, problems } = decodeEntries([entry('a.json', '{"password": "s3cr3tpw1", "x": ["open"')], ALONE)
    expect(problems[0]?.problem).toContain('JSON is broken')
    expect(leaves.map((leaf) => leaf.text)).toContain('s3cr3tpw1')
    expect(leaves.some((leaf) => leaf.structure === 'text')).toBe(true)
  })

  test('a gzip bomb is cut and reported', () => {
    const bomb = base64(gzipSync(Buffer.alloc(40 * 1024 * 1024)))
    const { leaves, problems } = decodeEntries([entry('release', base64(bomb), { form: 'base64', origin: 'secret' })], {
      images: [],
      secretType: 'helm.sh/release.v1',
    })
    expect(problems.map((each) => each.problem).join(' ')).toContain('was cut')
    expect(leaves.length).toBeLessThan(3)
  })

  test('aliases of YAML cannot multiply', () => {
    const bomb = `a: &a [x,x]\n${Array.from({ length: 30 }, (_each, index) => `k${index}: &k${index} [*a,*a,*a,*a]\n`).join('')}`
    expect(decodeEntries([entry('a.yaml', bomb)], ALONE).leaves.length).toBeLessThan(10)
  })

  test('deep nesting is cut and reported', () => {
    const { problems } = decodeEntries([entry('a.json', `${'{"token":'.repeat(10_000)}1`)], ALONE)
    expect(problems.some((each) => each.problem.includes('cut'))).toBe(true)
  })
})
