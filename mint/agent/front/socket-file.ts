import { randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, rename, unlink } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { basename, dirname, isAbsolute, join } from 'node:path'

/** sun_path of unix(7), with its closing zero. */
const SOCKET_PATH_BYTES_MAX = 107
/** rwx for all: whoever may enter the folder may ask; who it is decides what it gets. */
const DEFAULT_SOCKET_MODE = 0o777
const DIRECTORY_MODE = 0o755
const WRITABLE_BY_OTHERS = 0o022
const STICKY = 0o1000

/** The socket cannot be put where it was asked for. The sentence says why and what to change. */
export class SocketFileError extends Error {
  constructor(happened: string, options?: { readonly cause?: unknown }) {
    super(happened, options)
    this.name = 'SocketFileError'
  }
}

/** A socket in the file system, served by a server of ours. */
export interface SocketFile {
  /** True when a living server stood there before: two agents overlap during a rolling update. */
  readonly tookOver: boolean
  /** Removes the file if it is still ours. */
  remove(): Promise<void>
}

/**
 * Binds a server to a path. The socket is made under another name and moved over whatever stale or living socket is there, so
 * that clients find a working one at every moment and with the right mode from its first.
 *
 * @throws SocketFileError when the path is no absolute file path, too long, taken by something that is no socket, or in a folder
 * where others could replace the socket
 */
export async function bindSocketFile(server: Server, path: string, mode: number = DEFAULT_SOCKET_MODE): Promise<SocketFile> {
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.sock`)
  checkPath(path)
  checkPath(temporary)
  await prepareDirectory(dirname(path))
  const tookOver = await checkOccupant(path)
  await listen(server, temporary)
  try {
    await chmod(temporary, mode)
    const { ino } = await lstat(temporary)
    await rename(temporary, path)
    return {
      tookOver,
      async remove() {
        const now = await lstat(path).catch(() => undefined)
        if (now?.ino === ino) await unlink(path).catch(() => undefined)
      },
    }
  } catch (error) {
    server.close()
    throw new SocketFileError(`The socket ${path} could not be put in place.`, { cause: error })
  }
}

function checkPath(path: string): void {
  // An abstract socket (a name that begins with a zero byte) has no permissions and can be taken by anybody.
  if (!isAbsolute(path) || path.includes('\0') || basename(path) === '') {
    throw new SocketFileError(`The socket path ${JSON.stringify(path)} is not an absolute path of a file.`)
  }
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    throw new SocketFileError(`The socket path ${path} is longer than ${SOCKET_PATH_BYTES_MAX} bytes, which Linux does not allow; choose a shorter folder.`)
  }
}

async function prepareDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE }).catch((error: unknown) => {
    throw new SocketFileError(`The folder ${directory} of the socket could not be made.`, { cause: error })
  })
  const { mode } = await lstat(directory)
  if ((mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0) {
    throw new SocketFileError(`Others may write to ${directory} and could replace the socket; run: chmod go-w ${directory}`)
  }
}

/** @returns whether a living server is behind the path */
async function checkOccupant(path: string): Promise<boolean> {
  const occupant = await lstat(path).catch(() => undefined)
  if (occupant === undefined) return false
  if (!occupant.isSocket()) throw new SocketFileError(`${path} exists and is no socket; move it away or name another path.`)
  return await new Promise((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    function fail(error: Error): void {
      reject(new SocketFileError(`The agent may not listen in ${dirname(path)}.`, { cause: error }))
    }
    server.once('error', fail)
    server.listen({ path, backlog: 4096 }, () => {
      server.off('error', fail)
      resolve()
    })
  })
}
