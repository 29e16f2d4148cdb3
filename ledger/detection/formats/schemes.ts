/** Longest unknown scheme that is shown. */
const SCHEME_CHARS_MAX = 32

/** Families of URL schemes that carry credentials, each under the name that people know. Drivers such as `postgresql+psycopg2` count by the part before `+`. */
const FAMILIES: ReadonlyMap<string, string> = new Map(Object.entries({
  postgres: 'PostgreSQL', postgresql: 'PostgreSQL', pgsql: 'PostgreSQL', psql: 'PostgreSQL', pg: 'PostgreSQL', postgis: 'PostgreSQL', pgx: 'PostgreSQL', cockroach: 'CockroachDB', cockroachdb: 'CockroachDB',
  redshift: 'Amazon Redshift', timescale: 'PostgreSQL', yugabytedb: 'YugabyteDB', r2dbc: 'R2DBC',
  mysql: 'MySQL', mysql2: 'MySQL', mysqlx: 'MySQL', mariadb: 'MariaDB', tidb: 'TiDB', aurora: 'MySQL',
  mongodb: 'MongoDB', mongo: 'MongoDB', documentdb: 'MongoDB',
  redis: 'Redis', rediss: 'Redis', redises: 'Redis', unixredis: 'Redis', sentinel: 'Redis', valkey: 'Valkey', keydb: 'Redis', memcached: 'Memcached', memcache: 'Memcached',
  amqp: 'AMQP', amqps: 'AMQP', rabbitmq: 'AMQP', stomp: 'STOMP', mqtt: 'MQTT', mqtts: 'MQTT', nats: 'NATS', tls: 'TLS', kafka: 'Kafka', pulsar: 'Pulsar', activemq: 'ActiveMQ', beanstalk: 'Beanstalk', celery: 'AMQP', pyamqp: 'AMQP', kombu: 'AMQP', sjms: 'JMS', ssl: 'TLS',
  sqlserver: 'SQL Server', mssql: 'SQL Server', tds: 'SQL Server', jtds: 'SQL Server', oracle: 'Oracle', db2: 'Db2', ibmdb: 'Db2', sybase: 'Sybase', firebird: 'Firebird', hana: 'SAP HANA', sap: 'SAP HANA', teradata: 'Teradata', vertica: 'Vertica', netezza: 'Netezza', exasol: 'Exasol', exa: 'Exasol', h2: 'H2', hsqldb: 'HSQLDB', derby: 'Derby', odbc: 'ODBC', db: 'Database', sql: 'Database', database: 'Database',
  snowflake: 'Snowflake', bigquery: 'BigQuery', databricks: 'Databricks', trino: 'Trino', presto: 'Presto', hive: 'Hive', hive2: 'Hive', impala: 'Impala', druid: 'Druid', athena: 'Athena', awsathena: 'Athena', clickhouse: 'ClickHouse', clickhouses: 'ClickHouse', ch: 'ClickHouse', chs: 'ClickHouse', duckdb: 'DuckDB', libsql: 'libSQL', sqlite: 'SQLite', singlestore: 'SingleStore', singlestoredb: 'SingleStore', memsql: 'SingleStore', crate: 'CrateDB', questdb: 'QuestDB', starrocks: 'StarRocks', doris: 'Doris',
  neo4j: 'Neo4j', neo4js: 'Neo4j', bolt: 'Neo4j', bolts: 'Neo4j', arangodb: 'ArangoDB', gremlin: 'Gremlin', cassandra: 'Cassandra', scylla: 'ScyllaDB', cql: 'Cassandra', couchbase: 'Couchbase', couchbases: 'Couchbase', couchdb: 'CouchDB', couchdbs: 'CouchDB', influxdb: 'InfluxDB', influx: 'InfluxDB', elasticsearch: 'Elasticsearch', es: 'Elasticsearch', opensearch: 'OpenSearch', solr: 'Solr', meilisearch: 'Meilisearch', surrealdb: 'SurrealDB', rethinkdb: 'RethinkDB', etcd: 'etcd', etcds: 'etcd', consul: 'Consul', zookeeper: 'ZooKeeper', zk: 'ZooKeeper',
  http: 'HTTP', https: 'HTTP', ws: 'HTTP', wss: 'HTTP', h2c: 'HTTP', grpc: 'gRPC', grpcs: 'gRPC', git: 'Git', oci: 'OCI', docker: 'OCI', svn: 'Subversion', hg: 'Mercurial', ssh: 'SSH', sftp: 'SFTP', scp: 'SSH', ftp: 'FTP', ftps: 'FTP', ftpes: 'FTP', rsync: 'rsync', smb: 'SMB', cifs: 'SMB', nfs: 'NFS', webdav: 'WebDAV', webdavs: 'WebDAV', dav: 'WebDAV', davs: 'WebDAV', s3: 'S3', gs: 'Google Cloud Storage', minio: 'S3', swift: 'OpenStack Swift', b2: 'Backblaze B2', hdfs: 'HDFS',
  smtp: 'SMTP', smtps: 'SMTP', smtpssl: 'SMTP', submission: 'SMTP', submissions: 'SMTP', mail: 'SMTP', mailgun: 'Mailgun', sendgrid: 'SendGrid', ses: 'Amazon SES', postmark: 'Postmark', imap: 'IMAP', imaps: 'IMAP', pop3: 'POP3', pop3s: 'POP3', pop: 'POP3', ldap: 'LDAP', ldaps: 'LDAP', ldapi: 'LDAP', radius: 'RADIUS', socks: 'Proxy', socks4: 'Proxy', socks5: 'Proxy', socks5h: 'Proxy', proxy: 'Proxy', tcp: 'TCP', udp: 'UDP', rtsp: 'RTSP', rtsps: 'RTSP', rtmp: 'RTMP', rtmps: 'RTMP', sip: 'SIP', sips: 'SIP', stun: 'STUN', turn: 'TURN', turns: 'TURN', xmpp: 'XMPP', irc: 'IRC', ircs: 'IRC', vnc: 'VNC', rdp: 'RDP', telnet: 'Telnet', snmp: 'SNMP', syslog: 'Syslog', telegram: 'Telegram', discord: 'Discord', slack: 'Slack', teams: 'Microsoft Teams', pushover: 'Pushover', gotify: 'Gotify', ntfy: 'ntfy', sqs: 'Amazon SQS', sns: 'Amazon SNS', dynamodb: 'Amazon DynamoDB', kinesis: 'Amazon Kinesis', cloudinary: 'Cloudinary', ss: 'Shadowsocks', trojan: 'Proxy', vless: 'Proxy', hysteria2: 'Proxy',
})) // prettier-ignore

/** The family of a scheme; an unknown scheme is its own family. */
export function familyOfScheme(scheme: string): string {
  const lower = scheme.toLowerCase()
  const [driver = '', ...others] = lower.split('+')
  return FAMILIES.get(lower) ?? FAMILIES.get(driver) ?? FAMILIES.get(others.at(-1) ?? '') ?? scheme.slice(0, SCHEME_CHARS_MAX)
}
