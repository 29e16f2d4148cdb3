import { describe, expect, test } from 'vitest'
import type { Leaf } from '../leaf.ts'
import { judgeName } from './judge.ts'
import { recogniseReference } from './references.ts'

function leafOf(name: string, text: string, more: Partial<Leaf> = {}): Leaf {
  const place = { entry: 0, origin: 'env' as const, field: undefined, line: 1, column: 1, encoding: [], siblings: [], aliases: [] }
  return { ...place, name, text, structure: 'value', historic: undefined, ...more }
}

const ALONE = { images: [] }

function isSecret(leaf: Leaf): boolean {
  return recogniseReference(leaf) === undefined && judgeName(leaf, ALONE) !== undefined
}

describe('names and values that are secrets', () => {
  test.each([
    ['DB_PASSWORD', 's3cr3tpw1'],
    ['POSTGRES_PASSWORD', 'postgres'],
    ['MYSQL_ROOT_PASSWORD', 'Passw0rd!'],
    ['password', 'hunter22'],
    ['spring.datasource.password', 'dragon'],
    ['REDIS_PASS', 'redis123'],
    ['dbpass', 'qwErty12'],
    ['rabbitmq_default_pass', 'guest'],
    ['ADMIN_PWD', 'Sommer2024'],
    ['db.pwd', 'tiger'],
    ['smtpPassword', 'xK9-2lq'],
    ['KEYSTORE_PASS', 'storepass1'],
    ['userPassword', 'monkey'],
    ['MINIO_SECRET_KEY', 'minio123'],
    ['MINIO_ROOT_PASSWORD', 'minioadmin'],
    ['JWT_SECRET', 'mysupersecretkey'],
    ['JWT_SECRET', 'my-super-secret-jwt'],
    ['SECRET_KEY_BASE', '3f2a9c8d7e6b5a4f3e2d1c0b9a8f7e6d'],
    ['APP_KEY', 'base64:9Gk3lP0aQz8xN4vB7mD2sR5tY1uW6eC3hJ8fK0oL2iA='],
    ['SESSION_SECRET', 'keyboard cat'],
    ['ADMIN_PIN', '4711'],
    ['COOKIE_SECRET', '8fh3kd92js'],
    ['ENCRYPTION_KEY', '0123456789abcdef0123456789abcdef'],
    ['API_KEY', '4f9c2b7d8e1a6350'],
    ['apiKey', 'aB3dE5fG7hJ9kL'],
    ['api_token', '9d8f7a6b5c4e'],
    ['AUTH_TOKEN', 't0k3n-abc-9981'],
    ['ACCESS_TOKEN', 'kdfj3902jfslk29'],
    ['GITLAB_TOKEN', '8sKd92KsnWq0Zpx'],
    ['clientSecret', '7b3e9f1c2d4a'],
    ['OAUTH_CLIENT_SECRET', 'Zx9Yw8Vu7Ts6'],
    ['AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMIaK7MDENGabPxRfiCYzz8sample1'],
    ['secretAccessKey', 'wJalrXUtnFEMIaK7MDENGabPxRfiCYzz8sample1'],
    ['STRIPE_WEBHOOK_SECRET', 'p9o8i7u6y5t4'],
    ['privateKeyPassphrase', 'Tr0ub4dor'],
    ['WEBHOOK_SECRET', '5a4s3d2f1g'],
    ['senha', 'minhasenha1'],
    ['contraseña', 'gato1234'],
    ['passwort', 'geheim99'],
    ['mot_de_passe', 'soleil77'],
    ['ftp_passwd', 'letmein'],
    ['LDAP_BIND_PASSWORD', 'Bind!2020'],
    ['DATADOG_API_KEY', '0a1b2c3d4e5f60718293a4b5c6d7e8f9'],
    ['SENTRY_AUTH_TOKEN', '73f8c9ab2d1e'],
    ['LICENSE_KEY', 'AB12-CD34-EF56-GH78'],
    ['requirepass', 'foobared9'],
    ['masterauth', 'r3plica'],
    ['default_pass', 'bunny12'],
    ['NEO4J_AUTH', 'neo4j/graphs12'],
    ['BASIC_AUTH', 'admin:hunter2'],
    ['PGPASSWORD', 'pgpw2021'],
    ['mysqlPassword', 'root'],
    ['rootPassword', 'toor'],
    ['SMTP_AUTH_PASSWORD', 'mailpass1'],
    ['TOKEN', 'abcd1234efgh5678'],
    ['bot_token', '123:ABCdef90ghi'],
    ['SIGNING_KEY', 'k8Jd72Hs9Lq1'],
    ['ADMIN_PASSWORD', '123456'],
    ['pass', 'p@ss'],
    ['DJANGO_SECRET_KEY', 'django-insecure-9x&k2m'],
    ['FERNET_KEY', 'cFQz9Kx2Lm8Nv4Rt6Yw1Za3Sd5Gh7Jk0Pq2Ws4Xe6Rc='],
    ['WP_AUTH_KEY', ':k9Jd(72Hs9Lq1'],
    ['AUTH_SALT', '8f7d9a6s5d4f3g2h1j0k'],
    ['passphrase', 'winter99'],
    ['TRUSTSTORE_PASSWORD', 'trust1ng'],
    ['NEXTAUTH_SECRET', '9sKx2Lm8Nv4R'],
    ['CONSUL_HTTP_TOKEN', '3f2a9c8d-7e6b-5a4f-3e2d-1c0b9a8f7e6d'],
    ['K3S_TOKEN', 'mycluster99secret'],
    ['GF_SECURITY_ADMIN_PASSWORD', 'admin'],
    ['spring.security.user.password', 'user1'],
    ['quarkus.datasource.password', 'quarkus'],
    ['DATABASE_PASSWORD', 'appdb'],
    ['wordpress_db_password', 'wordpress'],
    ['SA_PASSWORD', 'Str0ng!Passw0rd'],
    ['auth.rootPassword', 's0meRoot'],
    ['proxy_password', 'proxpw'],
    ['javax.persistence.jdbc.password', 'derby'],
    ['eureka.password', 'discovery'],
    ['POSTGRES_PASSWORD', 'shop_password'],
    ['DB_PASSWORD', 'orders-db-pw'],
    ['passDb', 'kiwi2019'],
    ['pass_bd', '87654321'],
    ['SECRET_KEY', 'mango'],
    ['DB_PASSWORD', 'солнце77'],
    ['MAIL_PASSWORD', 'green boat sails home'],
    ['mail.pass', 'kqwz pfla mmrt uxoe'],
    ['TOKEN', 'qvztrwbnkx'],
    ['GITLAB_PAT', 'k8Jd72Hs9Lq1x'],
    ['app.secret_key', 'lemon tree'],
  ])('%s = %s', (name, value) => {
    expect(isSecret(leafOf(name, value))).toBe(true)
  })
})

describe('names and values that are none', () => {
  test.each([
    ['ETCD_INITIAL_CLUSTER_TOKEN', 'etcd-cluster-1'],
    ['LED_PIN', '4711'],
    ['TOKEN_TTL', '3600'],
    ['PUBLIC_KEY_URL', 'https://a.b/k'],
    ['PASSWORD_MIN_LENGTH', '12'],
    ['KEYCLOAK_URL', 'http://kc'],
    ['DB_PASSWORD_FILE', '/run/secrets/db'],
    ['secretName', 'my-app-tls'],
    ['secretKeyRef', 'db'],
    ['existingSecret', 'my-secret'],
    ['passwordKey', 'postgres-password'],
    ['secretKey', 'redis-password'],
    ['TOKEN_URL', 'https://x.y/token'],
    ['token_endpoint', 'https://x/y'],
    ['PASSWORD_POLICY', 'length(8)'],
    ['PASSWORD_ENCODER', 'bcrypt'],
    ['password_encryption', 'scram-sha-256'],
    ['password_hash', '$2b$12$abcdefghijklmnopqrstuv'],
    ['PASSWORD', 'changeme'],
    ['PASSWORD', '<password>'],
    ['PASSWORD', 'your-password-here'],
    ['PASSWORD', 'REPLACE_ME'],
    ['PASSWORD', '${X}'],
    ['PASSWORD', '{{ .Values.p }}'],
    ['PASSWORD', 'xxxxxx'],
    ['PASSWORD', '***'],
    ['PASSWORD', 'null'],
    ['PASSWORD', 'true'],
    ['API_KEY', 'your_api_key'],
    ['API_KEY', '""'],
    ['AUTH_ENABLED', 'true'],
    ['AUTH_TYPE', 'basic'],
    ['auth', 'basic'],
    ['AUTH_METHOD', 'token'],
    ['authorization', 'enabled'],
    ['keyspace', 'orders'],
    ['key_prefix', 'app:'],
    ['partition_key', 'customerId'],
    ['PRIMARY_KEY', 'id'],
    ['cacheKey', 'user:profile:v2'],
    ['sortKey', 'createdAt'],
    ['tokenizer', 'standard'],
    ['author', 'Jane'],
    ['authority', 'https://a'],
    ['passthrough', 'enabled'],
    ['compass', 'north'],
    ['bypass', 'none'],
    ['COMPASS_URL', 'http://c'],
    ['PASS_RATE', '95'],
    ['passive', 'true'],
    ['secret', 'my-app-credentials'],
    ['tls.secret', 'wildcard-tls'],
    ['imagePullSecret', 'regcred'],
    ['SECRET_NAME', 'app-secret'],
    ['TOKEN_HEADER', 'X-Auth-Token'],
    ['tokenHeader', 'Authorization'],
    ['csrf_header', 'X-CSRF-TOKEN'],
    ['apiKeyHeader', 'x-api-key'],
    ['API_KEY_NAME', 'default'],
    ['key', 'name'],
    ['key', 'app.kubernetes.io/name'],
    ['keys', 'a,b,c'],
    ['publicKey', 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A'],
    ['SSH_PUBLIC_KEY', 'ssh-rsa AAAAB3Nza user@h'],
    ['KEY_ID', '8f7a6b5c4d3e2f1a'],
    ['KMS_KEY_ID', '1234abcd-12ab-34cd-56ef-1234567890ab'],
    ['key_alias', 'alias/prod'],
    ['KEYSTORE_PATH', '/etc/ks.jks'],
    ['keyStoreType', 'PKCS12'],
    ['SSL_KEY_FILE', '/etc/tls.key'],
    ['private_key_path', './id_rsa'],
    ['password', 'Enter your password'],
    ['password_placeholder', 'Type it'],
    ['forgotPassword', 'Forgot your password?'],
    ['resetPasswordUrl', '/reset'],
    ['PASSWORD_RESET_TIMEOUT', '900'],
    ['tokens', '4096'],
    ['max_tokens', '2048'],
    ['TOKEN_LIMIT', '100'],
    ['MAX_TOKENS', '4000'],
    ['cookieName', 'sid'],
    ['COOKIE_DOMAIN', 'example.com'],
    ['sessionTimeout', '30m'],
    ['session_cookie', 'JSESSIONID'],
    ['SECRET_STORE', 'vault'],
    ['secrets_provider', 'aws'],
    ['credentials_file', '~/.aws/credentials'],
    ['credentials', 'include'],
    ['CREDENTIALS', 'same-origin'],
    ['login_page', '/login'],
    ['loginUrl', 'https://a'],
    ['access_key_id_field', 'id'],
    ['ACCESS_KEY', 'accessKey'],
    ['secret', 'secret'],
    ['token', 'token'],
    ['token', 'bearer'],
    ['JWT_ISSUER', 'https://i'],
    ['JWT_ALGORITHM', 'HS256'],
    ['JWT_EXPIRES_IN', '7d'],
    ['jwt_audience', 'api'],
    ['SIGNING_ALGORITHM', 'RS256'],
    ['hashKey', 'id'],
    ['sharding_key', 'region'],
    ['routing_key', 'orders.created'],
    ['topicKey', 'orders'],
    ['registry_key', 'HKLM'],
    ['tokenType', 'Bearer'],
    ['grant_type', 'password'],
    ['USE_PASSWORD', 'yes'],
    ['disable_password_auth', 'true'],
    ['passwordAuthentication', 'no'],
    ['PasswordAuthentication', 'yes'],
    ['seed', '42'],
    ['RANDOM_SEED', '12345'],
    ['salt_rounds', '10'],
    ['pin_count', '3'],
    ['PINNED_VERSION', '1.2.3'],
    ['pinecone_index', 'foo'],
    ['db.password', '${DB_PASSWORD}'],
    ['password', 'process.env.DB_PASSWORD'],
    ['password', 'os.environ["X"]'],
    ['password', 'getPassword()'],
    ['password', 'config.password'],
    ['password', 'string'],
    ['passwordField', 'password'],
    ['MYSQL_ALLOW_EMPTY_PASSWORD', 'yes'],
    ['PWD', '/app'],
    ['OLDPWD', '/root'],
    ['DATADOG_SITE', 'datadoghq.eu'],
    ['monkey', 'banana42xyz9'],
    ['keyword', 'shoes12abc34'],
    ['keyboard', 'qwerty'],
    ['TOKEN_AUDIENCE', 'sts.amazonaws.com'],
    ['AWS_WEB_IDENTITY_TOKEN_FILE', '/var/run/secrets/token'],
    ['SECRET_PROVIDER_CLASS', 'aws-secrets'],
    ['clientId', '3f2a9c8d-7e6b-5a4f-3e2d-1c0b9a8f7e6d'],
    ['key', '3f2a9c8d-7e6b-5a4f-3e2d-1c0b9a8f7e6d'],
    ['checksum/secret', '8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4'],
    ['secret-hash', '8f434346648f6b96df89dda901c5176b'],
    ['GIT_TOKEN_SHA', '8f434346648f'],
    ['unlock_key_description', 'none'],
    ['metadata.key', 'app'],
    ['matchExpressions.key', 'topology.kubernetes.io/zone'],
    ['auth.existingSecret', 'pg'],
    ['accessKey.secretRef', 'foo'],
    ['VAULT_SECRET_PATH', 'secret/data/app'],
    ['vault.path', 'secret/data/prod/db'],
    ['secretPath', 'kv/app/prod'],
    ['SECRET_ID', 'arn:aws:iam::1:role/x'],
    ['token_dir', 'tokens'],
    ['password_regex', '^[a-z]+$'],
    ['cookie_samesite', 'lax'],
    ['AUTHOR', 'Kim'],
    ['DB_PASSWORD', 'sua_senha'],
    ['DB_PASSWORD', 'votre-mot-de-passe'],
    ['DB_PASSWORD', 'mật_khẩu_của_bạn'],
    ['DB_PASSWORD', '数据库密码'],
    ['JWT_SECRET', '至少 32 位字符'],
    ['password', '_YOUR_REGISTRY_PASSWORD_'],
    ['APP_KEY', 'base64:your_generated_key'],
    ['DB_PASSWORD', 'strong_password'],
    ['password', 'user_password'],
    ['password', '$password'],
    ['password', '$dbPass'],
    ['password', ':password'],
    ['password', '#form.password#'],
    ['password', 'required|min:8|confirmed'],
    ['access_token', '17|Xk2...'],
    ['forgetPasswordStep', 'verify'],
    ['passDb', 'db'],
    ['networkPassphrase', 'Networks.TESTNET'],
    ['password', 'New password'],
    ['password', 'Enter the password'],
    ['TOKEN', 'lighthouse'],
    ['hashedPassword', 'verified'],
    ['secretKey', 'Rails.application.secrets.secret_key_base'],
    ['password', '9090:9090'],
    ['password', '127.0.0.1:8080:80/tcp'],
    ['password', 'PASSWORD'],
    ['password', '**REDACTED**'],
    ['sslKey', '$CERTS_DIR/server.key'],
    ['tokenSource', 'git.shop.dev/tools/token'],
    ['internalAuth', 'git.shop.dev/tools/internal/auth'],
    ['ACCESS_TOKEN', 'a_fake_token'],
    ['contentHashKey', 'x-content-sha256'],
    ['protobuf_key', 'bytes,1,opt,name=key,proto3'],
    ['NUMBER_PAT', '0-9A-F'],
    ['kube_flags_with_token', "('--match-server')"],
  ])('%s = %s', (name, value) => {
    expect(isSecret(leafOf(name, value))).toBe(false)
  })
})

describe('the judge', () => {
  test('leaves white space and quotes outside of the secret', () => {
    const verdict = judgeName(leafOf('DB_PASSWORD', '  "s3cr3tpw1"\n'), ALONE)
    expect(verdict).toMatchObject({ kind: 'password', start: 3, end: 12, canonical: 's3cr3tpw1' })
  })

  test('takes the password of a pair without its user', () => {
    expect(judgeName(leafOf('BASIC_AUTH', 'admin:hunter2'), ALONE)).toMatchObject({ kind: 'basic-auth', start: 6, end: 13, canonical: 'hunter2' })
  })

  test('knows labels in other languages', () => {
    for (const label of ['Password', 'Passwort', 'Contraseña', 'Senha', 'Wachtwoord'])
      expect(judgeName(leafOf('password', label, { origin: 'configmap', field: 'login.password' }), ALONE)).toBeUndefined()
  })

  test('takes the token of a header without its scheme', () => {
    expect(judgeName(leafOf('Authorization', 'Token 8fh3kd92js7'), ALONE)).toMatchObject({ kind: 'bearer-token', start: 6, canonical: '8fh3kd92js7' })
  })

  test('takes the default behind a variable', () => {
    expect(judgeName(leafOf('DB_PASSWORD', '${DB_PASSWORD:-s3cr3tpw1}'), ALONE)).toMatchObject({ start: 15, end: 24, canonical: 's3cr3tpw1' })
  })

  test('reads the names that consumers use', () => {
    expect(judgeName(leafOf('value', 's3cr3tpw1', { aliases: ['MYSQL_ROOT_PASSWORD'] }), ALONE)?.kind).toBe('password')
  })

  test('reads the key above a name that says nothing', () => {
    expect(judgeName(leafOf('alice', 's3cr3tpw1', { field: 'passwords.alice' }), ALONE)?.kind).toBe('password')
    expect(judgeName(leafOf('username', 's3cr3tpw1', { field: 'secrets.username' }), ALONE)).toBeUndefined()
  })

  test('believes a word under the bare name of a secret where it stands beside the options of a session, or in a Secret', () => {
    expect(judgeName(leafOf('secret', 'lemon tree', { origin: 'configmap' }), ALONE)).toBeUndefined()
    expect(judgeName(leafOf('secret', 'lemon tree', { origin: 'configmap', siblings: ['secret', 'resave', 'cookie'] }), ALONE)?.kind).toBe('signing-secret')
    expect(judgeName(leafOf('secret', 'LemonTree', { origin: 'secret' }), ALONE)?.kind).toBe('generic-secret')
  })

  test('takes a password that names its user for a password also in a file', () => {
    const file = { origin: 'configmap' } as const
    expect(judgeName(leafOf('password', 'shop-password', file), ALONE)).toBeUndefined()
    expect(judgeName(leafOf('password', 'shop-password', { ...file, siblings: ['user=shop'] }), ALONE)?.kind).toBe('password')
  })

  test('believes a default password weakly and says so', () => {
    const verdict = judgeName(leafOf('POSTGRES_PASSWORD', 'postgres'), ALONE)
    expect(verdict?.confidence).toBe('weak')
    expect(verdict?.reasons.join(' ')).toContain('well-known password')
  })

  test('believes a word more beside a user or in a container that takes it', () => {
    expect(judgeName(leafOf('pass', 'dragonfly'), ALONE)?.confidence).toBe('weak')
    expect(judgeName(leafOf('pass', 'dragonfly', { siblings: ['username=app'] }), ALONE)?.confidence).toBe('medium')
    expect(judgeName(leafOf('pass', 'dragonfly'), { images: ['docker.io/bitnami/postgresql:16'] })?.confidence).toBe('medium')
  })

  test.each([
    ['AZURE_CLIENT_SECRET', 'aB3dE5fG7hJ9kLmN', 'entra-client-secret'],
    ['OAUTH_CLIENT_SECRET', 'aB3dE5fG7hJ9kLmN', 'oauth-client-secret'],
    ['JWT_SECRET', 'aB3dE5fG7hJ9kLmN', 'signing-secret'],
    ['ENCRYPTION_KEY', 'aB3dE5fG7hJ9kLmN', 'encryption-key'],
    ['PAYMENT_API_KEY', 'aB3dE5fG7hJ9kLmN', 'generic-api-key'],
    ['DEPLOY_TOKEN', 'aB3dE5fG7hJ9kLmN', 'generic-token'],
    ['SSH_PASSPHRASE', 'aB3dE5fG7hJ9kLmN', 'passphrase'],
  ])('%s is of kind %s', (name, value, kind) => {
    expect(judgeName(leafOf(name, value), ALONE)?.kind).toBe(kind)
  })

  test('never repeats a value in its reasons', () => {
    for (const value of ['s3cr3tpw1', 'postgres', '9f8a7b6c5d4e3f2a', 'admin:hunter2']) {
      for (const name of ['DB_PASSWORD', 'API_KEY', 'BASIC_AUTH', 'JWT_SECRET']) {
        expect(judgeName(leafOf(name, value), ALONE)?.reasons.join(' ') ?? '').not.toContain(value)
      }
    }
  })
})
