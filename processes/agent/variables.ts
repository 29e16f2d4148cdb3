/** An environment variable and the field of the settings document that it stands for. */
export interface AgentVariable {
  readonly name: string
  /** Dotted place in the document; `<platform>` is the section of the platform in use. */
  readonly place: string
  readonly kind: 'text' | 'list'
  readonly purpose: string
}

/** Every variable of the agent; what is set here wins over the file. */
export const AGENT_VARIABLES: readonly AgentVariable[] = [
  { name: 'SPIRL_PLATFORM', place: 'platform', kind: 'text', purpose: 'k8s (default), istio, eks, eks-istio or linux; upper and lower case are the same.' },
  {
    name: 'SPIRL_ENDPOINT',
    place: 'agent.endpoint.endpoint',
    kind: 'text',
    purpose: 'Host, or host and port, of the trust domain server; the port is 443 when none is given.',
  },
  {
    name: 'SPIRL_ENDPOINTS',
    place: 'agent.endpoint.endpoints',
    kind: 'list',
    purpose: 'Further endpoints, divided by commas, used in this order when those before do not answer.',
  },
  {
    name: 'SPIRL_ENDPOINT_ENABLE_TLS',
    place: 'agent.endpoint.enableTLS',
    kind: 'text',
    purpose: 'false speaks to the server without TLS, for laboratories; anything else uses it.',
  },
  {
    name: 'SPIRL_ENDPOINT_SUPPLEMENTAL_ROOTS_PEM',
    place: 'agent.endpoint.supplementalRootsPEM',
    kind: 'text',
    purpose: 'Trust anchors for the endpoints beside those of the system, PEM.',
  },
  { name: 'SPIRL_ENDPOINT_SUPPLEMENTAL_ROOTS_FILE', place: 'agent.endpoint.supplementalRootsFile', kind: 'text', purpose: 'The same in a file.' },
  {
    name: 'SPIRL_ENDPOINT_KEPT_ROOTS_FILE',
    place: 'agent.endpoint.keptRootsFile',
    kind: 'text',
    purpose: 'File in which the agent keeps the newest roots of its trust domain, so that it knows its server when it starts again after a rotation.',
  },
  {
    name: 'SPIRL_ENDPOINT_CONNECTION_MAX_AGE',
    place: 'agent.endpoint.connectionMaxAge',
    kind: 'text',
    purpose: 'Age at which a connection is replaced, 30m by default.',
  },
  {
    name: 'SPIRL_CLUSTER_ID',
    place: 'agent.auth.clusterId',
    kind: 'text',
    purpose: 'c-… as `spirlctl cluster register` has shown it; not needed with a cluster version key.',
  },
  { name: 'SPIRL_CLUSTER_NAME', place: 'agent.auth.clusterName', kind: 'text', purpose: 'The name instead of the id.' },
  { name: 'SPIRL_AUTH_KEY_ID', place: 'agent.auth.key.id', kind: 'text', purpose: 'cv-…, the cluster version whose key the agent proves itself with.' },
  { name: 'SPIRL_AUTH_KEY_PEM', place: 'agent.auth.key.pem', kind: 'text', purpose: 'The private key of the cluster version, PEM.' },
  { name: 'SPIRL_AUTH_KEY_FILE', place: 'agent.auth.key.file', kind: 'text', purpose: 'The same in a file.' },
  {
    name: 'SPIRL_K8S_TOKEN_PATH',
    place: 'agent.auth.tokenPath',
    kind: 'text',
    purpose: 'The ServiceAccount token for attestor k8s_token; read anew at every attestation.',
  },
  { name: 'SPIRL_SOCKET_PATH', place: '<platform>.spiffeSocketPath', kind: 'text', purpose: 'The socket that workloads connect to.' },
  { name: 'SPIRL_KUBELET_HOST', place: '<platform>.kubeletHost', kind: 'text', purpose: 'Name or address of the kubelet, by default the node itself.' },
  {
    name: 'SPIRL_ALLOWED_ATTRIBUTES',
    place: 'agent.allowedAttributes',
    kind: 'list',
    purpose: 'Patterns of attributes that may leave the agent, divided by commas; none: all.',
  },
  { name: 'SPIRL_NODE_NAME', place: 'agent.nodeName', kind: 'text', purpose: "Name of the node in the server's list of agents; the host name by default." },
  { name: 'SPIRL_HEALTH_LISTEN', place: 'agent.health.listen', kind: 'text', purpose: 'HOST:PORT that serves /live and /ready; nowhere by default.' },
  { name: 'SPIRL_LOG_LEVEL', place: 'agent.logLevel', kind: 'text', purpose: 'debug, info (default), warn, error or silent.' },
]

/** Environment variable that names the settings file; the flag is --config. */
export const AGENT_CONFIG_VARIABLE = 'SPIRL_AGENT_CONFIG'

/** What `--help` prints. */
export function agentHelp(): string {
  return [
    'The node agent of Mintmark: serves the SPIFFE Workload API and Envoy SDS on a Unix socket.',
    '',
    'Usage: spirl-agent [--config FILE]',
    'Example: SPIRL_PLATFORM=linux SPIRL_ENDPOINT=td.example.org SPIRL_AUTH_KEY_ID=cv-… SPIRL_AUTH_KEY_FILE=key.pem spirl-agent',
    '',
    `Settings come from a file (--config or ${AGENT_CONFIG_VARIABLE}; YAML or JSON in the shape of the values of chart spirl-system)`,
    'and from the environment, which wins:',
    ...AGENT_VARIABLES.map(({ name, purpose }) => `  ${name}\n      ${purpose}`),
    '',
  ].join('\n')
}
