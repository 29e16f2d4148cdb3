import { closeSync, openSync, readSync } from 'node:fs'
import { AttestationError } from '../model.ts'

/** A workload can make its own mount table long; what is longer is not read. */
const PROCESS_FILE_BYTES_MAX = 4 * 1024 * 1024
/** Reading is synchronous and texts are copied out, so one buffer serves all: a new one each time was most of what the collector had to collect. */
const PIECE = Buffer.allocUnsafeSlow(64 * 1024)

/** What attestors read of processes; a test has a folder of its own. */
export interface ProcessFiles {
  /** A file of `/proc/<pid>`. @throws AttestationError when the process is gone or the file is too large */
  read(pid: number, file: 'cgroup' | 'mountinfo' | 'status'): string
}

/** Reads below `/proc`. These files are made by the kernel when they are read, so reading them waits for no disk. */
export function openProcessFiles(procRoot = '/proc'): ProcessFiles {
  return {
    read(pid, file) {
      try {
        return readWhole(`${procRoot}/${pid}/${file}`)
      } catch (error) {
        if (error instanceof AttestationError) throw error
        throw new AttestationError('UNAVAILABLE', `Process ${pid} could not be read (${file}); it has probably ended.`, { cause: error })
      }
    },
  }
}

function readWhole(path: string): string {
  const descriptor = openSync(path, 'r')
  try {
    const parts: Buffer[] = []
    let bytes = 0
    for (;;) {
      const read = readSync(descriptor, PIECE, 0, PIECE.length, null)
      if (read === 0) return Buffer.concat(parts).toString('utf8')
      parts.push(Buffer.from(PIECE.subarray(0, read)))
      bytes += read
      if (bytes > PROCESS_FILE_BYTES_MAX) throw new AttestationError('FAILED_PRECONDITION', `${path} is larger than ${PROCESS_FILE_BYTES_MAX} bytes.`)
    }
  } finally {
    closeSync(descriptor)
  }
}
