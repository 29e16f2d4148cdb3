/** What a word of a name says about the value. */
export type SecretClass = 'password' | 'passphrase' | 'pin' | 'secret' | 'token' | 'key' | 'credential' | 'auth' | 'seed' | 'cookie'

/** Words that mean a secret, in the languages that configuration is written in. Each is a plain dictionary word of its language or a common short form. */
const CLASSES: Readonly<Record<SecretClass, string>> = {
  password:
    'password passwords passwd passwds pass pwd pwds pw psw pswd pword passw passcode passcodes passwort passwoerter kennwort contrasena contraseña contrasenia clave senha senhas mdp passe motdepasse parola parole heslo haslo hasło wachtwoord losenord lösenord salasana parol sifre şifre jelszo requirepass masterauth sudopass community userpass userpassword rootpw adminpw dbpw srcstorepass deststorepass srckeypass destkeypass authtok psk',
  passphrase: 'passphrase passphrases',
  pin: 'pin pincode',
  secret: 'secret secrets geheim geheimnis segredo secreto',
  token: 'token tokens pat jwt bearer authtoken accesstoken',
  key: 'key keys apikey apikeys',
  credential: 'credential credentials cred creds userinfo login userpwd',
  auth: 'auth authorization authentication basicauth htpasswd',
  seed: 'mnemonic seed salt pepper totp otpsecret',
  cookie: 'cookie cookies sessid',
}

/** A word after the secret word that says the value is something about the secret and not the secret. */
const OFF =
  'file files filename path paths dir directory folder location mount mountpath url urls uri uris endpoint endpoints host hostname address addr port domain name names username user users ref refs reference type types kind format ttl timeout expiry expires expire expiration expiresin expired lifetime lifespan validity age maxage minage length len size min max minimum maximum count limit limits policy policies rule rules strength complexity enabled enable disabled disable required optional allowed allow supported header headers field fields param parameter params parameters label labels placeholder hint prompt prompts message messages text title description desc help tooltip error errors warning id ids identifier uuid alias aliases class provider providers manager service services store stores storage vault engine backend driver plugin source sources method methods mode modes scheme schemes algorithm algorithms alg algo cipher ciphers hash hashes hashed hasher hashers hashing digest checksum fingerprint thumbprint salted encoder encoding encryption regex pattern validator validation verifier verify check checker checks generator generation rotation rotate rotated interval period duration delay retries retry attempts attempt tries history reset recovery recover forgot change changed update updated created date time timestamp at version versions revision status state prefix suffix separator delimiter index position env envvar variable var vars property properties attribute attributes column table queue topic cache claim claims issuer issuers audience audiences scope scopes grant grants role roles group groups realm permission permissions introspection revocation callback redirect uri page view form input button link template templates schema config configuration configs settings setting options option spec sidebar mapping selector annotation annotations keyname namespace template event events metric metrics log logs logging level usage exists present set provided needed plaintextallowed info metadata protocol cmd command script exec process pool handler filter interceptor middleware module package image repository tag bucket container volume secretname keyid keyref limitation shape shapes example examples sample samples minlength maxlength characters chars char charset sha md bcrypt argon pbkdf rounds iterations cost factor factors distribution rate budget tokens window ring rings space spaces spacing word words board boards stroke strokes press presses down up code codes map pair pairs size types verifyurl jwks certs cert certificate ca crt url allowlist denylist whitelist blacklist unit units step steps stages screen dialog modal'

/** Words after the secret word that change nothing: which environment, which copy, which form. */
const NEUTRAL =
  'value val values plain plaintext clear cleartext raw str string default prod production dev develop development stage staging test testing qa uat sandbox live local old new current previous prev next active backup primary secondary master slave replica main base b64 base64 encoded enc data here bytes hex one two first second v1 v2 v3 a b override secure'

/** Words before `key` that make it a secret one. */
const KEY_SECRET =
  'api access secret private encryption encrypt encrypted decrypt decryption signing sign signature master auth authentication authorization shared sharedaccess account storage session cookie hmac aes des rsa cipher crypt crypto cryptographic app application service license licence integration admin root write ingest ingestion webhook jwt jws jwe ssh deploy client subscription consumer bot personal server function functions azure aws gcp google openai anthropic stripe sendgrid mailgun datadog newrelic sentry cosmos cosmosdb fernet symmetric preshared wireguard rails laravel recovery unseal unlock agent smtp mail sms push fcm vapid telemetry security seal token csrf xsrf protection transit kms data passkey internal user developer dev connection search read readonly cloud maps ai llm twilio github gitlab slack algolia meili meilisearch typesense s3 minio oauth sso saml django flask wp nonce logged loggedin cloudflare pagerduty opsgenie splunk elastic elasticsearch grafana project live test etcd tls ssl'

/** Words before `key` that make it a name, a public half or an index. */
const KEY_PUBLIC =
  'public publishable pub protobuf site verification partition sort range foreign cache object lookup index row column group label annotation map dict query message routing topic registry env json yaml metric tag feature translation shard hash ignore field param parameter existing valuefrom config context property sub hot short primary unique composite natural surrogate candidate order attribute header item element option menu node grouping dedup deduplication idempotency topology result correlation trace locale i18n language lang theme host known trusted authorized enter escape arrow tab shift ctrl control function'

/** Words that are nothing by themselves and help to part glued names. */
const SUBJECTS =
  'db database mysql mariadb postgres postgresql pg pgsql redis valkey mongo mongodb rabbitmq amqp mq kafka mssql sqlserver oracle sql ldap ad bind smtp mail email imap ftp sftp ssh http https proxy admin administrator root user app application my web site server client service svc api rest internal external jwt oauth oauth2 oidc sso saml keystore truststore trust store key ssl tls cert registry docker git github gitlab bitbucket jira jenkins sonar nexus artifactory grafana prometheus kibana elastic elasticsearch influx influxdb neo4j cassandra couchdb couchbase clickhouse vault consul nomad aws s3 azure gcp minio ceph swift sas sa sys system super replication replicator repl repmgr patroni flyway liquibase wordpress wp magento drupal joomla django rails laravel spring datasource jdbc odbc url session cookie csrf xsrf webhook slack discord telegram twilio stripe paypal sendgrid mailgun datadog sentry newrelic access refresh id bot personal deploy build ci runner agent host auth basic bearer master encryption signing shared private public account tenant subscription consumer zookeeper etcd harbor argocd argo flux traefik nginx haproxy rpc grpc node cluster cache queue broker worker job cron sync backup restore monitor exporter metrics health status default initial temp temporary new old current confirm confirmation repeat verify login signin signup register guest demo test'

function setOf(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap((list) => list.split(' ')))
}

const BY_WORD = new Map<string, SecretClass>()
for (const [name, list] of Object.entries(CLASSES)) for (const word of list.split(' ')) BY_WORD.set(word, toClass(name))

function toClass(name: string): SecretClass {
  for (const known of ['password', 'passphrase', 'pin', 'secret', 'token', 'key', 'credential', 'auth', 'seed'] as const) if (known === name) return known
  return 'cookie'
}

/** Every word that means a secret by itself. */
export const SECRET_WORDS: readonly string[] = [...BY_WORD.keys()]

/** What a word means by itself, if it means a secret. */
export function classOfWord(word: string): SecretClass | undefined {
  return BY_WORD.get(word)
}

/** Behind a secret word, these say that the value is something about the secret. */
export const OFF_WORDS = setOf(OFF)
/** Behind a secret word, these change nothing. */
export const NEUTRAL_WORDS = setOf(NEUTRAL)
/** Before `key`, these make it a secret one. */
export const KEY_SECRET_WORDS = setOf(KEY_SECRET)
/** Before `key`, these make it a name, a public half or an index. */
export const KEY_PUBLIC_WORDS = setOf(KEY_PUBLIC)
/** Every word that names are parted along when they are written together. */
export const KNOWN_WORDS = setOf(...Object.values(CLASSES), OFF, KEY_SECRET, KEY_PUBLIC, SUBJECTS)
