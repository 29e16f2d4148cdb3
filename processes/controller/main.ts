import { explainError, UserError } from '@mintmark/ledger/model'
import { KubernetesRefusal, startController } from '@mintmark/mint/controller'
import { listenForSignals } from './signals.ts'
import { inClusterApi, kubeconfigApi, ownNamespace } from './kubernetes-api.ts'
import { readControllerSettings } from './settings.ts'

const HELP = `The admission webhook of Mint: gives labelled pods the SPIFFE socket of their node's agent.

Usage: spirl-controller [--config FILE] [--kubeconfig FILE]
Example: spirl-controller --config /etc/spirl/controller.yaml

  --config FILE      settings, YAML: platform, webhook.{namespaceSelector,objectSelector,failurePolicy,url}, service, listen, socket
  --kubeconfig FILE  the API server to register with; without it, the one of the pod this runs in
`

/** Runs the controller until it is told to stop. @returns the exit code: 0 stopped in order, 1 failed, 2 wrong settings */
export async function main(arguments_: readonly string[]): Promise<number> {
  if (arguments_.includes('--help')) {
    process.stdout.write(HELP)
    return 0
  }
  const log = (fields: Readonly<Record<string, unknown>>): void =>
    void process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...fields })}\n`)
  const stop = listenForSignals()
  try {
    const settings = readControllerSettings(arguments_, ownNamespace())
    const api = settings.kubeconfig === undefined ? inClusterApi() : kubeconfigApi(settings.kubeconfig)
    const controller = await startController(settings.controller, { api, now: () => new Date(), log })
    log({ level: 'info', logger: 'controller', msg: 'Listening', host: settings.controller.host, port: controller.port })
    await stop
    await controller.close()
    return 0
  } catch (error) {
    if (error instanceof UserError) {
      process.stderr.write(explainError(error))
      return 2
    }
    process.stderr.write(`${error instanceof KubernetesRefusal ? error.message : `The controller failed: ${String(error)}`}\n`)
    return 1
  }
}
