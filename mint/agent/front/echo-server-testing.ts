import { echo } from './echo-testing.ts'
import { listenOnSocket } from './index.ts'

/** The program that tests start in a process of its own: `node echo-server-testing.ts <socket>`. */
export const ECHO_SERVER = import.meta.filename

async function serve(path: string): Promise<void> {
  await listenOnSocket({ path, limits: { firstRequestSeconds: 3600 }, onConnection: () => echo, log: { warn: () => undefined } })
  process.stdout.write('ready\n')
}

const [, program, socket] = process.argv
if (program === ECHO_SERVER && socket !== undefined) await serve(socket)
