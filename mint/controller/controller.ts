import { readAuthority, type SecretName, writeAuthoritySecret } from './authority-secret.ts'
import type { KubernetesApi } from './kubernetes.ts'
import { serveWebhook } from './server.ts'
import type { InjectionSettings } from './settings.ts'
import { AUTHORITY_DAYS, isAuthorityDue, issueServing, nextAuthority, trustedPem, type WebhookAuthority } from './webhook-authority.ts'
import { registerWebhook, type WebhookRegistration } from './webhook-configuration.ts'

/** How often the shared authority is looked at and the registration is put right, in milliseconds. */
const TICK_MS = 60_000
/** Attempts to write the shared Secret against other replicas before the next tick. */
const WRITE_ATTEMPTS_MAX = 5

/** What a controller is told. */
export interface ControllerSettings {
  readonly host: string
  readonly port: number
  readonly injection: InjectionSettings
  readonly registration: WebhookRegistration
  /** DNS names and addresses that the API server calls us by. */
  readonly names: readonly string[]
  readonly secret: SecretName
  /** Life of the webhook's authority, in days; 90 by default. */
  readonly authorityDays?: number
}

/** What a controller is given. */
export interface ControllerDependencies {
  readonly api: KubernetesApi
  readonly now: () => Date
  readonly log: (fields: Readonly<Record<string, unknown>>) => void
}

/** A running controller. */
export interface Controller {
  readonly port: number
  /** One round of what is otherwise done every minute: renew the authority when due, trust it, serve with it. */
  tick(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts the webhook: authority from the shared Secret (or the first one), registration, server.
 * An order that never breaks admission: a new authority is first stored, then trusted by the API server beside the earlier ones, and only then served with.
 *
 * @throws Error when the address is taken or the API server refuses at start; later failures are logged and tried again
 */
export async function startController(settings: ControllerSettings, { api, now, log }: ControllerDependencies): Promise<Controller> {
  let authority = await settle(api, settings, now())
  let serving = issueServing(authority, settings.names, now())
  let registered = false
  const server = await serveWebhook({ ...settings, certificate: serving, isReady: () => registered, log })
  const registration = withPort(settings.registration, server.port)

  const round = async (): Promise<void> => {
    const found = await settle(api, settings, now())
    const changed = found.current.certificate !== authority.current.certificate
    await registerWebhook(api, registration, trustedPem(found))
    if (changed || serving.renewAt <= now()) {
      authority = found
      serving = issueServing(found, settings.names, now())
      server.useCertificate(serving)
      log({ level: 'info', logger: 'controller.webhook', msg: 'Serving certificate renewed', authorityChanged: changed })
    }
    if (!registered) log({ level: 'info', logger: 'controller.webhook', msg: 'Webhook registered', name: registration.name, failure: registration.failure })
    registered = true
  }
  let running: Promise<void> = Promise.resolve()
  const tick = (): Promise<void> => {
    running = running.catch(() => undefined).then(round)
    return running
  }
  try {
    await tick()
  } catch (error) {
    await server.close()
    throw error
  }
  const timer = setInterval(() => {
    tick().catch((error: unknown) =>
      log({ level: 'error', logger: 'controller.webhook', msg: 'The webhook could not be kept up to date', error: String(error) }),
    )
  }, TICK_MS)
  return {
    port: server.port,
    tick,
    async close() {
      clearInterval(timer)
      await running.catch(() => undefined)
      await server.close()
    },
  }
}

/** The authority that all replicas agree on, renewed when it is due. */
async function settle(api: KubernetesApi, { secret, authorityDays = AUTHORITY_DAYS }: ControllerSettings, now: Date): Promise<WebhookAuthority> {
  for (let attempt = 1; attempt <= WRITE_ATTEMPTS_MAX; attempt += 1) {
    const stored = await readAuthority(api, secret)
    const before = stored !== undefined && 'authority' in stored ? stored.authority : undefined
    if (before !== undefined && !isAuthorityDue(before, authorityDays, now)) return before
    const next = nextAuthority(now, authorityDays, before)
    if (await writeAuthoritySecret(api, secret, next, stored?.resourceVersion)) return next
  }
  throw new Error(`The Secret ${secret.namespace}/${secret.name} changed under every one of ${WRITE_ATTEMPTS_MAX} attempts to write it`)
}

/** An address with port 0 gets the port that was free. */
function withPort(registration: WebhookRegistration, port: number): WebhookRegistration {
  const { address } = registration
  return 'url' in address ? { ...registration, address: { url: address.url.replace(/:0$/, `:${port}`) } } : registration
}
