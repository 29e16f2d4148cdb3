import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, signAssertion, type Client, type ScannerKeyFile } from '@mintmark/contract/http'
import { formatScanLine, type ScanEvent } from '@mintmark/contract/scan'

/** A control plane as `npm start` runs it, with all that it printed. */
export interface RunningProcess {
  readonly url: string
  readonly link: string | undefined
  readonly output: () => string
  /** Ends the process and waits until it is gone. @returns the exit code; undefined when a signal ended it */
  end(signal: NodeJS.Signals): Promise<number | undefined>
}

/** A home and a data folder of its own. PostgreSQL must be able to walk through when tests run as root. */
export async function makeHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'mintmark-process-'))
  await chmod(home, 0o755)
  return home
}

/** Starts the process and waits until its output matches. */
export async function startProcess(home: string, args: readonly string[], until: RegExp): Promise<RunningProcess> {
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    CI: 'true',
    NO_COLOR: '1',
    MINTMARK_DATA: join(home, 'data'),
    MINTMARK_LISTEN: '127.0.0.1:0',
  }
  const entry = join(import.meta.dirname, 'control-plane.ts')
  const child = spawn(process.execPath, [entry, ...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const { promise: matched, resolve, reject } = Promise.withResolvers<undefined>()
  const read = (chunk: Buffer): void => {
    output += chunk.toString()
    if (until.test(output)) resolve(undefined)
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const ended = new Promise<number | undefined>((resolveEnd) => {
    child.once('close', (code) => {
      resolveEnd(code ?? undefined)
      reject(new Error(`The process ended with ${code}:\n${output}`))
    })
  })
  // Who starts a process that ends at once looks at its output; nobody may be waiting for the match any more.
  matched.catch(() => undefined)
  await matched
  return {
    url: /ready at (http:\S+)/.exec(output)?.[1] ?? '',
    link: /http:\S+\/login#\S+/.exec(output)?.[0],
    output: () => output,
    end: (signal) => {
      child.kill(signal)
      return ended
    },
  }
}

/** Signs in with the printed link. */
export async function administratorOf({ url, link }: RunningProcess): Promise<{ readonly client: Client; readonly token: string }> {
  const { token } = await createClient({ server: url }).createSession({ body: { code: link?.split('#')[1] ?? '' } })
  if (token === undefined) throw new Error('No token was given')
  return { client: createClient({ server: url, token }), token }
}

/** A client that is a scanner. */
export async function scannerOf(url: string, key: ScannerKeyFile): Promise<Client> {
  const { accessToken } = await createClient({ server: url }).createScannerToken({ body: { assertion: await signAssertion(key, new Date()) } })
  return createClient({ server: url, token: accessToken })
}

/** Sends one chunk. */
export async function sendChunk(client: Client, scanId: string, sequence: number, events: readonly ScanEvent[]): Promise<{ readonly stored: boolean }> {
  const body = new TextEncoder().encode(events.map((event) => `${formatScanLine(event)}\n`).join(''))
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  return client.appendChunk({ params: { scanId, sequence }, headers: { 'content-digest': digest }, body })
}

/** Files below a folder that hold one of the words, in any part. */
export async function filesHolding(folder: string, words: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const bytes = await readFile(file)
    for (const word of words) if (bytes.includes(word)) found.push(`${file}: ${word}`)
  }
  return found
}
