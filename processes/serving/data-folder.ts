import { createHash } from 'node:crypto'
import { chmod, mkdir, realpath } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { UserError } from '@mintmark/ledger/model'

/** Milliseconds that the holder of a lock has to say its process id. */
const HOLDER_MS_MAX = 1_000

/** The folder is its owner's alone. */
const OWN_MODE = 0o700
/** Started by root, PostgreSQL runs as another user, who must be able to walk through to its own folder; what else is in here has modes of its own. */
const ROOT_MODE = 0o711

/** A data folder that only this process uses. */
export interface DataFolder {
  readonly path: string
  unlock(): Promise<void>
}

/**
 * Makes the folder (mode 0700, for root 0711) and locks it. The lock is an abstract Unix socket, which the kernel drops with the process however that ends,
 * so a lock is never stale; whoever connects to it is told the holder's process id. Other systems than Linux have no such sockets:
 * there the lock of PostgreSQL's own data directory has to do.
 *
 * @throws UserError when the folder cannot be made, or another control plane holds it
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  try {
    const mode = process.getuid?.() === 0 ? ROOT_MODE : OWN_MODE
    await mkdir(path, { recursive: true, mode })
    await chmod(path, mode)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new UserError('data-folder', `The data folder ${path} cannot be made or is not yours (${code}).`, 'Choose another one with MINTMARK_DATA.')
  }
  if (process.platform !== 'linux') return { path, unlock: async () => undefined }
  const address = `\0mintmark-${createHash('sha256')
    .update(await realpath(path))
    .digest('hex')}`
  const server = await listen(address)
  if (server !== undefined) return { path, unlock: () => close(server) }
  const holder = await askHolder(address)
  throw new UserError(
    'data-folder-in-use',
    `Another control plane${holder === undefined ? '' : ` (process ${holder})`} uses the data folder ${path}.`,
    `Stop it first${holder === undefined ? '' : ` (kill ${holder})`}, or give this one a folder of its own with MINTMARK_DATA.`,
  )
}

async function listen(address: string): Promise<Server | undefined> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end(String(process.pid))
  })
  server.unref()
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(address, () => resolve(server))
  })
}

async function askHolder(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(address)
    socket.setTimeout(HOLDER_MS_MAX, () => socket.destroy())
    socket.on('data', (part) => (text += part.toString().slice(0, 16)))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(/^\d{1,10}$/.test(text) ? text : undefined))
  })
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
}
