/** Names of images that many unrelated applications are built on or run beside them: equal images say nothing about them. */
const GENERIC = new Set(
  [
    'alpine amazoncorretto amazonlinux aws-cli azure-cli bash bitnami-shell buildpack-deps busybox caddy centos cloud-sdk cloudsdktool curl debian distroless docker dotnet',
    'eclipse-temurin elasticsearch envoy fedora git golang google-cloud-cli gradle haproxy httpd java jre jdk k8s kafka kubectl mariadb maven memcached minio mongo mongodb mysql nginx',
    'nginx-unprivileged node openjdk openresty oraclelinux os-shell pause perl php postgres postgresql python rabbitmq redis rockylinux ruby rust scratch static tomcat traefik',
    'ubi8 ubi9 ubi-minimal ubuntu vault wildfly zookeeper',
  ]
    .join(' ')
    .split(' '),
)

/** Containers that are put beside an application; they are never the application itself. */
const SIDECARS = new Set(
  'cloud-sql-proxy cloudsql-proxy config-reloader configmap-reload csi-node-driver-registrar daprd envoy fluent-bit fluentd istio-proxy k8s-sidecar kube-rbac-proxy linkerd-proxy oauth2-proxy otel-collector proxyv2 vault-agent'.split(
    ' ',
  ),
)

/**
 * The repository of an image without its registry, tag and digest: `acme/checkout` of `ghcr.io/acme/checkout:1.2@sha256:…`.
 * The registry is left out because clusters pull the same software from mirrors and regional registries.
 */
export function repositoryOf(image: string): string | undefined {
  const reference = image.replace(/@.*$/, '')
  const [first = '', ...rest] = reference.split('/')
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const path = (hasRegistry ? rest : [first, ...rest]).join('/').replace(/:[^/:]*$/, '')
  return path === '' ? undefined : path.toLowerCase()
}

function lastSegment(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1)
}

/** True for bases and off-the-shelf servers, which do not name an application. */
export function isGenericImage(repository: string): boolean {
  return GENERIC.has(lastSegment(repository)) || SIDECARS.has(lastSegment(repository))
}

/** The repository that names an application best: the first one that is neither generic nor a sidecar. */
export function namingRepository(images: readonly string[]): string | undefined {
  for (const image of images) {
    const repository = repositoryOf(image)
    if (repository !== undefined && !isGenericImage(repository)) return repository
  }
  return undefined
}
