import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type PeerName, requireExecutable } from '../peers/index.ts'

/** A program of a peer, and what it is to do. */
export interface ClientCall {
  readonly peer: PeerName
  readonly program: string
  readonly arguments: readonly string[]
  /** `unix:///…` */
  readonly address: string
  readonly input?: string
}

/** What a client printed. */
export interface ClientAnswer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Patience with a client, in milliseconds: Java starts slowly on a busy machine. */
const CLIENT_MS_MAX = 50_000

/** Runs a client to its end. */
export function runClient({ peer, program, arguments: list, address, input }: ClientCall): Promise<ClientAnswer> {
  return new Promise((resolve) => {
    const child = execFile(
      requireExecutable(peer, program),
      [...list],
      { env: { ...process.env, SPIFFE_ENDPOINT_SOCKET: address }, timeout: CLIENT_MS_MAX, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr }),
    )
    child.stdin?.end(input ?? '')
  })
}

/** Runs `gospiffe` and reads the one object that it prints. @throws Error with what it complained about */
export async function gospiffe<Answer = Record<string, unknown>>(address: string, ...list: readonly string[]): Promise<Answer> {
  const { code, stdout, stderr } = await runClient({ peer: 'spiffe', program: 'gospiffe', arguments: list, address })
  if (code !== 0) throw new Error(stderr.trim() || `gospiffe ended with ${code}`)
  return JSON.parse(stdout)
}

/** A client that goes on, printing one JSON object a line. */
export interface RunningClient<Line> {
  readonly lines: readonly Line[]
  /** Settles with the first line, past or future, that fits. @throws Error when the client ends before */
  until(fits: (line: Line) => boolean): Promise<Line>
  /** Ends its standard input, by which it ends itself. */
  stop(): Promise<void>
}

/** Starts `gospiffe watch-x509` or `serve`. */
export function startGospiffe<Line>(address: string, ...list: readonly string[]): RunningClient<Line> {
  return startClient({ peer: 'spiffe', program: 'gospiffe', arguments: list, address })
}

/** Starts a client that goes on until its standard input ends. */
export function startClient<Line>({ peer, program, arguments: list, address }: Omit<ClientCall, 'input'>): RunningClient<Line> {
  const child = spawn(requireExecutable(peer, program), list, {
    env: { ...process.env, SPIFFE_ENDPOINT_SOCKET: address },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const lines: Line[] = []
  let complaint = ''
  let waiting: { readonly fits: (line: Line) => boolean; readonly settle: (line: Line) => void; readonly fail: (error: Error) => void }[] = []
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line: Line = JSON.parse(text)
    lines.push(line)
    const fitting = waiting.filter(({ fits }) => fits(line))
    waiting = waiting.filter((entry) => !fitting.includes(entry))
    for (const { settle } of fitting) settle(line)
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  void ended.then(() => {
    for (const { fail } of waiting) fail(new Error(`${program} ended: ${complaint.trim()}`))
  })
  return {
    lines,
    until(fits) {
      const past = lines.find(fits)
      if (past !== undefined) return Promise.resolve(past)
      return new Promise((settle, fail) => waiting.push({ fits, settle, fail }))
    },
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}

/** What `gospiffe x509` and each line of `watch-x509` say. */
export interface GoX509 {
  readonly svids: readonly {
    readonly id: string
    readonly hint: string
    readonly serial: string
    readonly notAfter: string
    readonly chain: number
    readonly authority: string
    /** DER in base64. */
    readonly certificate: string
  }[]
  /** Roots by trust domain. */
  readonly roots: Readonly<Record<string, number>>
  readonly error?: string
}
