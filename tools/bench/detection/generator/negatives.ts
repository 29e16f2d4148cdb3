import { createHash } from 'node:crypto'
import { type Setting, negativeSetting } from './credential.ts'
import { base62Checksum } from './kinds/checksums.ts'
import { certificateAndKey, opensshKey } from './kinds/keys.ts'
import { type Random, BASE62, BASE64, BASE64URL, DIGITS, HEX, UPPER } from './random.ts'
import { domain, serviceName, userName, uuid } from './words.ts'

type Make = (random: Random) => Setting

const secretName = (random: Random): readonly string[] =>
  random.pick([
    ['db-password'],
    ['api-key'],
    ['auth', 'client-secret'],
    ['redis', 'password'],
    ['jwt-secret'],
    ['smtp-pass'],
    ['aws-secret-access-key'],
    ['token'],
    ['admin', 'password'],
    ['stripe-secret-key'],
  ])
const item = (random: Random): string => random.pick(['password', 'token', 'client-secret', 'api_key', 'dbPassword'])

function references(random: Random): string {
  const service = serviceName(random)
  return random.pick([
    `vault:secret/data/${service}#${item(random)}`,
    `vault:kv/${service}/prod#${item(random)}`,
    `ref+vault://secret/${service}#/${item(random)}`,
    `ref+awssecrets://${service}/prod/${item(random)}`,
    `<path:secret/data/${service}#${item(random)}>`,
    `op://${service}/database/${item(random)}`,
    `arn:aws:secretsmanager:eu-west-1:${random.text(DIGITS, 12)}:secret:${service}/db-${random.text(BASE62, 6)}`,
    `arn:aws:ssm:eu-west-1:${random.text(DIGITS, 12)}:parameter/${service}/db/${item(random)}`,
    `projects/${service}-prod/secrets/${item(random)}/versions/latest`,
    `@Microsoft.KeyVault(SecretUri=https://kv-${service}.vault.azure.net/secrets/${item(random)}/)`,
    `awssm://${service}/${item(random)}`,
    `gcpsm://${service}-${item(random)}`,
    `sm://${service}/${item(random)}`,
    `akv://kv-${service}/${item(random)}`,
    `\${${service.toUpperCase()}_PASSWORD}`,
    `\${env:${service.toUpperCase()}_TOKEN}`,
    `\${DB_PASSWORD:}`,
    `$__env{${service.toUpperCase()}_PASSWORD}`,
    `$__file{/etc/secrets/${item(random)}}`,
    `$(${service.toUpperCase()}_PASSWORD)`,
    `$${service.toUpperCase()}_PASSWORD`,
    `%(ENV_${service.toUpperCase()}_PASSWORD)s`,
    `{{ .Values.${service}.${item(random)} }}`,
    `{{ ${service}_password }}`,
    `{{ with secret "database/creds/${service}" }}{{ .Data.password }}{{ end }}`,
    `<%= ENV['${service.toUpperCase()}_PASSWORD'] %>`,
    `#{${service}.password}`,
    `%${service.toUpperCase()}_PASSWORD%`,
    `env://${service.toUpperCase()}_PASSWORD`,
    `secretRef:${service}-credentials/${item(random)}`,
  ])
}

const filePaths = (random: Random): string =>
  random.pick([
    `/run/secrets/${item(random)}`,
    `file:///run/secrets/${serviceName(random)}`,
    `/etc/${serviceName(random)}/tls/tls.key`,
    `/var/run/secrets/kubernetes.io/serviceaccount/token`,
    `/vault/secrets/${item(random)}`,
    `classpath:keys/${serviceName(random)}.pem`,
    `./config/${item(random)}.txt`,
    `C:\\secrets\\${item(random)}.txt`,
  ])

const placeholders = (random: Random): string =>
  random.pick([
    '<your-api-key>',
    'CHANGE_ME',
    'CHANGEME',
    'xxxxxxxx',
    'XXXXXXXXXXXXXXXX',
    '********',
    'YOUR_TOKEN_HERE',
    'your-secret-here',
    'REPLACE_ME',
    'replace-with-real-value',
    'TODO',
    '<password>',
    '[REDACTED]',
    '(hidden)',
    'insert-key-here',
    'null',
    'none',
    'N/A',
    'undefined',
    'dummy',
    'placeholder',
    'not-a-secret',
    '<set-me>',
    'enter_your_password',
    'AKIAIOSFODNN7EXAMPLE',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    '...',
    '-',
    '***',
    'see-vault',
    'provided-by-ci',
    '__TOKEN__',
    '@@DB_PASSWORD@@',
    'unused',
    'disabled',
  ])

function hashes(random: Random): Setting {
  const [path, text] = random.pick<readonly [readonly string[], string]>([
    [['admin', 'password-hash'], `$2y$10$${random.text(`./${BASE62}`, 53)}`],
    [['users', 'admin', 'password'], `$2a$12$${random.text(`./${BASE62}`, 53)}`],
    [['password-digest'], createHash('sha256').update(random.bytes(8)).digest('hex')],
    [['root-password-sha2'], createHash('sha256').update(random.bytes(8)).digest('hex')],
    [['user-password'], `$argon2id$v=19$m=65536,t=3,p=4$${random.text(BASE64, 22)}$${random.text(BASE64, 43)}`],
    [['password'], `{SSHA}${random.text(BASE64, 32)}`],
    [['password-encoded'], `pbkdf2_sha256$600000$${random.text(BASE62, 22)}$${random.text(BASE64, 43)}=`],
    [['shadow-password'], `$6$rounds=5000$${random.text(BASE62, 16)}$${random.text(`./${BASE62}`, 86)}`],
    [['scram-password'], `SCRAM-SHA-256$4096:${random.text(BASE64, 22)}==$${random.text(BASE64, 43)}=:${random.text(BASE64, 43)}=`],
  ])
  return negativeSetting(path, text, 'password-hash')
}

function publicMaterial(random: Random): Setting {
  const name = domain(random)
  return random.pick<() => Setting>([
    () =>
      negativeSetting(
        [random.pick(['tls-crt', 'ca-crt', 'ca-bundle', 'client-certificate', 'idp-cert'])],
        certificateAndKey(random, name).certificate,
        'certificate',
      ),
    () =>
      negativeSetting(
        [random.pick(['authorized-keys', 'ssh-public-key', 'known-hosts-key'])],
        opensshKey(random, `${userName(random)}@${name}`).publicKey,
        'ssh-public-key',
      ),
    () => negativeSetting(['known-hosts'], `git.${name} ${opensshKey(random, '').publicKey.trim()}`, 'ssh-public-key'),
    () =>
      negativeSetting(
        [random.pick(['jwks', 'public-keys'])],
        JSON.stringify({ keys: [{ kty: 'RSA', use: 'sig', alg: 'RS256', kid: random.text(HEX, 40), n: random.text(BASE64URL, 342), e: 'AQAB' }] }),
        'jwks',
      ),
    () =>
      negativeSetting(
        ['jwt', 'public-key'],
        `-----BEGIN PUBLIC KEY-----\n${random.text(BASE64, 64)}\n${random.text(BASE64, 64)}\n-----END PUBLIC KEY-----`,
        'public-key',
      ),
    () => negativeSetting(['stripe-publishable-key'], `pk_live_${random.text(BASE62, 24)}`, 'publishable-key', 'either'),
    () =>
      negativeSetting(
        ['gpg-public-key'],
        `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${random.text(BASE64, 64)}\n${random.text(BASE64, 64)}\n=${random.text(BASE64, 4)}\n-----END PGP PUBLIC KEY BLOCK-----`,
        'public-key',
      ),
    () => negativeSetting(['sentry-dsn'], `https://${random.text(HEX, 32)}@sentry.${name}/${random.int(1, 400)}`, 'publishable-key', 'either'),
    () => negativeSetting(['age-recipient'], `age1${random.text('qpzry9x8gf2tvdw0s3jn54khce6mua7l', 58)}`, 'public-key'),
    () => negativeSetting(['recaptcha-site-key'], `6L${random.text(BASE64URL, 38)}`, 'publishable-key', 'either'),
  ])()
}

function identifiers(random: Random): Setting {
  const sha256 = random.text(HEX, 64)
  return random.pick<() => Setting>([
    () =>
      negativeSetting(
        [random.pick(['tenant-id', 'correlation-id', 'project-uuid', 'installation-id', 'client-id', 'cluster-id', 'key-id'])],
        uuid(random),
        'uuid',
      ),
    () =>
      negativeSetting(
        [random.pick(['image', 'sidecar-image', 'agent-image'])],
        `registry.${domain(random)}/${serviceName(random)}@sha256:${sha256}`,
        'image-digest',
      ),
    () => negativeSetting([random.pick(['git-sha', 'git-commit', 'build-revision', 'source-version'])], random.text(HEX, 40), 'git-sha'),
    () => negativeSetting([random.pick(['checksum', 'config-sha256', 'etag', 'content-hash'])], sha256, 'checksum'),
    () => negativeSetting(['integrity'], `sha512-${random.text(BASE64, 86)}==`, 'checksum'),
    () => negativeSetting(['kms-key-id'], `arn:aws:kms:eu-west-1:${random.text(DIGITS, 12)}:key/${uuid(random)}`, 'uuid'),
    () => negativeSetting(['role-arn'], `arn:aws:iam::${random.text(DIGITS, 12)}:role/${serviceName(random)}-token-writer`, 'resource-name'),
    () => negativeSetting(['key-fingerprint'], `SHA256:${random.text(BASE64, 43)}`, 'checksum'),
    () => negativeSetting(['certificate-thumbprint'], random.text(HEX, 40).toUpperCase(), 'checksum'),
    () =>
      negativeSetting(
        ['google-client-id'],
        `${random.text(DIGITS, 12)}-${random.text(`${DIGITS}abcdefghijklmnopqrstuv`, 32)}.apps.googleusercontent.com`,
        'public-id',
      ),
    () => negativeSetting(['trace-id'], random.text(HEX, 32), 'uuid'),
  ])()
}

function nearMisses(random: Random): Setting {
  const wrongCheck = (prefix: string): string => {
    const body = random.text(BASE62, 30)
    const check = base62Checksum(body)
    return `${prefix}${body}${check.slice(0, 5)}${check.endsWith('a') ? 'b' : 'a'}`
  }
  return random.pick<() => Setting>([
    () => negativeSetting(['build-label'], wrongCheck('ghp_'), 'wrong-checksum'),
    () => negativeSetting(['package-ref'], wrongCheck('npm_'), 'wrong-checksum'),
    () => negativeSetting(['display-code'], `${random.text(BASE62, 3)}8Q~${random.text(BASE62, random.pick([32, 33, 35, 36]))}`, 'wrong-length'),
    () => negativeSetting(['resource-tag'], `AKIA${random.text(UPPER, 7)}`, 'wrong-length'),
    () => negativeSetting(['release-tag'], `glpat-${random.text(BASE62, 6)}`, 'wrong-length'),
    () => negativeSetting(['asset-name'], `AKIA${random.text('0189', 3)}${random.text(UPPER, 13)}`, 'wrong-alphabet'),
    () => negativeSetting(['log-label'], `eyJhbGciOiJub25lIn0.${random.text('!?', 5)}`, 'wrong-alphabet'),
  ])()
}

const TABLE =
  `AUTH_TYPE=basic;AUTH_ENABLED=true;TOKEN_TTL=3600;TOKEN_EXPIRY=15m;ACCESS_TOKEN_EXPIRE_MINUTES=30;REFRESH_TOKEN_LIFETIME=P30D;PASSWORD_MIN_LENGTH=12;PASSWORD_MAX_AGE_DAYS=90;PASSWORD_POLICY=strong;PASSWORD_ENCODER=bcrypt;PASSWORD_HASHERS=django.contrib.auth.hashers.Argon2PasswordHasher;PASSWORD_RESET_TIMEOUT=259200;PASSWORD_RESET_PATH=/reset-password;REQUIRE_PASSWORD_CHANGE=false;API_KEY_HEADER=X-Api-Key;API_KEY_NAME=default;API_KEYS_ENABLED=on;TOKEN_ISSUER=https://login.kontor.de/;TOKEN_AUDIENCE=api://orders;TOKEN_ENDPOINT=https://login.kontor.de/oauth2/token;PUBLIC_KEY_URL=https://login.kontor.de/keys;JWKS_URI=https://login.kontor.de/.well-known/jwks.json;KEYCLOAK_URL=http://keycloak:8080/auth;KEYCLOAK_REALM=retail;SECRET_NAME=orders-db-credentials;SECRET_NAMESPACE=shared;SECRET_STORE=vault-backend;EXISTING_SECRET=orders-redis;EXISTING_SECRET_PASSWORD_KEY=redis-password;SECRETS_DIR=/run/secrets;SECRET_BACKEND=kubernetes;SECRETS_PROVIDER=aws;SECRET_ROTATION_DAYS=30;KEY_ALGORITHM=RS256;KEY_SIZE=2048;JWT_ALGORITHM=HS512;ENCRYPTION_KEY_ID=primary-2024;SIGNING_KEY_ALIAS=orders-signing;KEYSTORE_TYPE=PKCS12;KEYSTORE_ALIAS=server;PARTITION_KEY=tenant_id;SORT_KEY=created_at;PRIMARY_KEY=id;CACHE_KEY_PREFIX=shop:v2:;ROUTING_KEY=orders.created;IDEMPOTENCY_KEY_HEADER=Idempotency-Key;KEY_DESERIALIZER=org.apache.kafka.common.serialization.StringDeserializer;PASS_THROUGH=true;PASSTHROUGH_HEADERS=x-request-id;BYPASS_AUTH=false;COMPASS_URL=http://compass.kontor.de;PASSENGER_MAX_POOL_SIZE=6;AUTHOR=platform-team;AUTHORITY=https://sts.kontor.de;AUTHENTICATION_BACKENDS=ldap,oidc;OAUTH_SCOPES=openid profile email;OAUTH_CLIENT_NAME=orders-web;CREDENTIALS_MODE=include;CREDENTIAL_SOURCE=environment;CREDENTIALS_PROVIDER=com.amazonaws.auth.DefaultAWSCredentialsProviderChain;PWD=/app;OLDPWD=/srv;PASSIVE_PORTS=30000-30009;SESSION_COOKIE_NAME=sid;CSRF_COOKIE_NAME=csrftoken;COOKIE_SECURE=true;SSO_TOKEN_TYPE=Bearer;AUTH_HEADER_NAME=Authorization;AUTH_METHOD=client_secret_basic;TOKEN_BUCKET_SIZE=100;MAX_TOKENS=4096;TOKENIZER=cl100k_base;NUM_TOKENS=512;SECRETARY_EMAIL=office@kontor.de;MONKEY_PATCH=1;KEYBOARD_LAYOUT=de;DB_PASSWORD_FILE=/run/secrets/db_password;REDIS_PASSWORD_FILE=/bitnami/redis/secrets/redis-password;ALLOW_EMPTY_PASSWORD=yes;PASSWORD_FIELD=password;PASSWORD_LABEL=Password;LOGIN_PASSWORD_PARAM=user[password];PGPASSFILE=/root/.pgpass;SSH_KEY_PATH=/root/.ssh/id_ed25519;GPG_KEY_ID=0x4AEE18F83AFDEB23;HOST_KEY_CHECKING=False;API_TOKEN_VALIDITY=24h;BASIC_AUTH_REALM=restricted;AWS_ROLE_SESSION_NAME=orders;ACCESS_KEY_ROTATION=enabled;TLS_SECRET=orders-tls;IMAGE_PULL_SECRET=regcred;DB_USER_PASSWORD_SECRET=orders-db;WEBHOOK_SECRET_REF=github-webhook`
    .split(';')
    .map((line) => [line.slice(0, line.indexOf('=')).toLowerCase().replaceAll('_', '-'), line.slice(line.indexOf('=') + 1)] as const)

const SENTENCES = [
  ['login.password.label', 'Password'],
  ['reset-password.subject', 'Reset your password'],
  ['errors.password.too-short', 'Your password must have at least 12 characters'],
  ['errors.token.expired', 'The token has expired, please sign in again.'],
  ['help.api-key', 'Create an API key under Settings > Integrations'],
  ['messages.password', 'Mot de passe oublié ?'],
  ['description', 'Stores the secret key in the vault and rotates it every 30 days'],
  ['form.confirm-password', 'Repeat the new password'],
  ['ui.secret', 'Client secret (shown once)'],
  ['password-hint', 'name of your first pet'],
] as const

function innocentName(random: Random): Setting {
  if (random.chance(0.12)) {
    const [path, text] = random.pick(SENTENCES)
    return negativeSetting(path.split('.'), text, 'sentence')
  }
  const [name, text] = random.pick(TABLE)
  return negativeSetting([...random.pick([[], [], [serviceName(random)]]), name], text, 'innocent-name')
}

function urlsWithoutSecret(random: Random): Setting {
  const service = serviceName(random)
  const text = random.pick([
    `postgres://${service}@db:5432/${service}`,
    `postgres://\${DB_USER}:\${DB_PASSWORD}@db:5432/${service}`,
    `postgresql://$(DB_USER):$(DB_PASS)@$(DB_HOST)/${service}`,
    `redis://:{{ .Values.redis.password }}@redis:6379/0`,
    `amqp://<user>:<password>@rabbitmq:5672`,
    `mongodb://mongo-0.mongo:27017,mongo-1.mongo:27017/${service}?replicaSet=rs0`,
    `jdbc:postgresql://db:5432/${service}?user=${service}&ssl=true`,
    `https://user:****@git.${domain(random)}/${service}.git`,
    `http://${service}:8080/oauth/token?grant_type=client_credentials`,
    `ssh://git@git.${domain(random)}:7999/${service}/repo.git`,
    `https://${domain(random)}/reset?token={token}`,
  ])
  return negativeSetting(
    [random.pick(['database-url', 'broker-url', 'cache-url', 'remote', 'endpoint'])],
    text,
    'url-without-secret',
    text.includes('$') || text.includes('{{') ? 'reference' : 'nothing',
  )
}

function encrypted(random: Random): Setting {
  return random.chance(0.5)
    ? negativeSetting(
        secretName(random),
        `ENC[AES256_GCM,data:${random.text(BASE64, 24)},iv:${random.text(BASE64, 43)}=,tag:${random.text(BASE64, 22)}==,type:str]`,
        'sops',
        'reference',
      )
    : negativeSetting(['encrypted-data', item(random)], `Ag${random.text('ABCD', 1)}${random.text(BASE64, 690)}==`, 'sealed-secret', 'reference')
}

function blobs(random: Random): Setting {
  return random.pick<() => Setting>([
    () => negativeSetting(['logo'], `data:image/png;base64,iVBORw0KGgo${random.text(BASE64, random.int(200, 900))}`, 'binary-text'),
    () => negativeSetting(['template-cache'], random.bytes(random.int(90, 400)).toString('base64'), 'binary-text'),
    () =>
      negativeSetting(
        ['authorization'],
        random.pick(['Bearer ${TOKEN}', 'Bearer $http_authorization', 'Basic {{ .Values.auth }}', 'Bearer <token>']),
        'header-reference',
        'reference',
      ),
    () => negativeSetting(['font-hash'], random.text(BASE62, 27), 'checksum', 'either'),
  ])()
}

const CLASSES: readonly (readonly [number, Make])[] = [
  [30, innocentName],
  [14, (random) => negativeSetting(secretName(random), references(random), 'reference', 'reference')],
  [
    6,
    (random) =>
      negativeSetting(
        [...secretName(random).slice(0, -1), random.pick(['password-file', 'token-path', 'key-file', 'secret-file'])],
        filePaths(random),
        'file-path',
        'reference',
      ),
  ],
  [3, (random) => negativeSetting(secretName(random), filePaths(random), 'file-path', 'reference')],
  [9, (random) => negativeSetting(secretName(random), placeholders(random), 'placeholder')],
  [5, hashes],
  [7, publicMaterial],
  [9, identifiers],
  [4, nearMisses],
  [6, urlsWithoutSecret],
  [3, encrypted],
  [3, blobs],
]

/** Draws something that looks like a credential and is none. */
export function drawNegative(random: Random): Setting {
  return random.weighted(CLASSES)(random)
}
