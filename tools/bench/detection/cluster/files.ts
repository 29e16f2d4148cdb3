import { serviceName, TEAMS } from '../generator/words.ts'
import type { Random } from '../generator/random.ts'
import type { Place } from './place.ts'

const times = (count: number, make: (index: number) => string): string => Array.from({ length: count }, (_, index) => make(index)).join('')

/** nginx.conf of a site with a few upstreams and many locations. */
export function nginxConfiguration(random: Random, place: Place): string {
  const locations = times(
    random.int(4, 22),
    () => `
    location /${serviceName(random)}/ {
      proxy_pass http://${serviceName(random)};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Connection "";
      proxy_read_timeout ${random.int(10, 120)}s;
    }
`,
  )
  return `worker_processes auto;
error_log /dev/stderr warn;
pid /tmp/nginx.pid;
events { worker_connections 4096; }
http {
  include /etc/nginx/mime.types;
  log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';
  access_log /dev/stdout main;
  sendfile on;
  keepalive_timeout 65;
  upstream ${place.name} { server ${place.name}.${place.namespace}.svc:8080; keepalive 32; }
  server {
    listen 8080;
    server_name ${place.name}.example.net;
    ssl_session_cache shared:SSL:10m;
${locations}
    location = /healthz { return 200; }
  }
}
`
}

/** Alerting rules as the Prometheus operator mounts them. */
export function prometheusRules(random: Random): string {
  const rule = (): string => {
    const service = serviceName(random)
    return `    - alert: ${service.replace(/^./, (first) => first.toUpperCase())}ErrorRateHigh
      annotations:
        description: 'The error rate of {{ $labels.namespace }}/{{ $labels.service }} has been {{ $value | humanizePercentage }} for 15 minutes.'
        runbook_url: https://runbooks.example.net/${service}/error-rate
        summary: ${service} answers with errors.
      expr: |-
        sum by (namespace, service) (rate(http_server_requests_seconds_count{job="${service}", status=~"5.."}[5m]))
          /
        sum by (namespace, service) (rate(http_server_requests_seconds_count{job="${service}"}[5m])) > 0.0${random.int(1, 9)}
      for: 15m
      labels:
        severity: ${random.pick(['warning', 'critical', 'info'])}
        team: ${random.pick(TEAMS)}
`
  }
  return `groups:\n${times(random.int(5, 12), (group) => `  - name: group-${group}.rules\n    interval: 30s\n    rules:\n${times(random.int(5, 12), rule)}`)}`
}

/** A dashboard as Grafana exports it. */
export function grafanaDashboard(random: Random): string {
  const panel = (id: number): object => ({
    datasource: { type: 'prometheus', uid: '${datasource}' },
    description: 'Requests of the service by status, as seen by the ingress controller.',
    fieldConfig: {
      defaults: {
        color: { mode: 'palette-classic' },
        custom: {
          axisBorderShow: false,
          axisLabel: '',
          axisPlacement: 'auto',
          barAlignment: 0,
          drawStyle: 'line',
          fillOpacity: random.int(0, 30),
          gradientMode: 'none',
          hideFrom: { legend: false, tooltip: false, viz: false },
          lineInterpolation: 'linear',
          lineWidth: 1,
          pointSize: 5,
          showPoints: 'never',
          spanNulls: false,
          stacking: { group: 'A', mode: 'none' },
          thresholdsStyle: { mode: 'off' },
        },
        mappings: [],
        thresholds: {
          mode: 'absolute',
          steps: [
            { color: 'green', value: null },
            { color: 'red', value: random.int(50, 100) },
          ],
        },
        unit: random.pick(['reqps', 's', 'percentunit', 'bytes']),
      },
      overrides: [],
    },
    gridPos: { h: 8, w: 12, x: (id % 2) * 12, y: Math.floor(id / 2) * 8 },
    id,
    options: { legend: { calcs: ['mean', 'max'], displayMode: 'table', placement: 'bottom', showLegend: true }, tooltip: { mode: 'multi', sort: 'desc' } },
    pluginVersion: '10.4.1',
    targets: [
      {
        datasource: { type: 'prometheus', uid: '${datasource}' },
        editorMode: 'code',
        expr: `sum by (status) (rate(http_server_requests_seconds_count{namespace="$namespace", service=~"${serviceName(random)}.*"}[$__rate_interval]))`,
        legendFormat: '{{status}}',
        range: true,
        refId: 'A',
      },
    ],
    title: `${serviceName(random)}: requests by status`,
    type: 'timeseries',
  })
  const panels = Array.from({ length: random.int(10, 70) }, (_, id) => panel(id))
  const dashboard = {
    annotations: {
      list: [{ builtIn: 1, datasource: { type: 'grafana', uid: '-- Grafana --' }, enable: true, hide: true, name: 'Annotations & Alerts', type: 'dashboard' }],
    },
    editable: true,
    graphTooltip: 1,
    panels,
    refresh: '30s',
    schemaVersion: 39,
    tags: ['generated'],
    templating: { list: [{ current: {}, name: 'datasource', query: 'prometheus', type: 'datasource' }] },
    time: { from: 'now-6h', to: 'now' },
    title: `${serviceName(random)} overview`,
    version: random.int(1, 80),
  }
  return JSON.stringify(dashboard, undefined, 2)
}

/** Configuration of CoreDNS. */
export const COREFILE = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`

/** application.yml of a service; passwords come from the environment, as its authors intend. */
export function applicationYaml(random: Random, place: Place): string {
  const clients = times(
    random.int(3, 16),
    () => `    ${serviceName(random)}:
      base-url: http://${serviceName(random)}.${place.namespace}.svc:8080/api
      connect-timeout: ${random.int(1, 9)}s
      read-timeout: ${random.int(5, 60)}s
      retry:
        max-attempts: ${random.int(1, 5)}
        backoff: 250ms
`,
  )
  return `server:
  port: 8080
  shutdown: graceful
  compression:
    enabled: true
    mime-types: application/json,text/html
spring:
  application:
    name: ${place.name}
  datasource:
    url: jdbc:postgresql://postgres-primary.${place.namespace}.svc:5432/${place.name.replaceAll('-', '_')}
    username: \${DB_USERNAME}
    password: \${DB_PASSWORD}
    hikari:
      maximum-pool-size: ${random.int(5, 40)}
      minimum-idle: 2
  kafka:
    bootstrap-servers: \${KAFKA_BROKERS:kafka-0.kafka.platform.svc:9092}
    consumer:
      group-id: ${place.name}
      auto-offset-reset: earliest
management:
  endpoints:
    web:
      exposure:
        include: health,info,prometheus
  tracing:
    sampling:
      probability: 0.1
logging:
  level:
    root: INFO
    net.example.${place.name.replaceAll('-', '')}: ${random.pick(['DEBUG', 'INFO'])}
  pattern:
    console: "%d{yyyy-MM-dd HH:mm:ss.SSS} %5p [%t] %-40.40logger{39} : %m%n"
app:
  clients:
${clients}  features:
    new-checkout: ${random.chance(0.5)}
    recommendations: ${random.chance(0.5)}
`
}

/** Java properties with many keys and no credential. */
export function applicationProperties(random: Random): string {
  return `# Generated by the release pipeline\n${times(random.int(20, 120), () => `${serviceName(random)}.${random.pick(['pool.max-size', 'queue.capacity', 'retry.backoff', 'http.read-timeout', 'cache.ttl', 'batch.size'])}=${random.int(1, 5_000)}\n`)}`
}

/** A script that waits, migrates and starts. */
export function startScript(random: Random, place: Place): string {
  return `#!/bin/sh
set -eu
echo "starting ${place.name}"
until nc -z postgres-primary.${place.namespace}.svc 5432; do
  echo "waiting for the database"
  sleep 2
done
${times(random.int(2, 20), () => `if [ -f "/etc/app/${serviceName(random)}.conf" ]; then\n  cp "/etc/app/${serviceName(random)}.conf" /var/lib/app/\n  chmod 0644 "/var/lib/app/${serviceName(random)}.conf"\nfi\n`)}
exec /usr/local/bin/${place.name} --config /etc/app/config.yaml "$@"
`
}

/** Settings of a front end in JSON. */
export function frontEndJson(random: Random): string {
  const routes = Array.from({ length: random.int(5, 40) }, () => ({
    path: `/${serviceName(random)}/:id`,
    component: serviceName(random),
    title: `${serviceName(random)} of the customer`,
    isPublic: random.chance(0.3),
    cacheSeconds: random.int(0, 600),
  }))
  return JSON.stringify({ apiUrl: 'https://api.example.net/v2', locale: 'de-DE', supportMail: 'help@example.net', routes }, undefined, 2)
}
