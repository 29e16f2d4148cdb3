import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { MANIFEST_LIMITS } from './limits.ts'

/** A file to read, and what to call it. */
export interface ManifestFile {
  readonly path: string
  /** Relative to the folder. */
  readonly name: string
  readonly bytes: number
}

/** The manifests of a folder. */
export interface Walk {
  readonly files: readonly ManifestFile[]
  /** What was left out although it may hold manifests. */
  readonly problems: readonly { readonly name: string; readonly problem: string }[]
}

const MANIFEST_NAME = /\.(?:ya?ml|json)$/i
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules'])

/**
 * Finds manifests below a folder, in order of their names. Links are followed inside the folder only, and nothing is read twice,
 * so a link can neither lead out nor into a circle.
 */
export async function walkManifests(root: string, signal: AbortSignal): Promise<Walk> {
  const base = await realpath(root)
  if ((await stat(base)).isFile()) return { files: [{ path: base, name: relative(join(base, '..'), base), bytes: (await stat(base)).size }], problems: [] }
  const files: ManifestFile[] = []
  const problems: { name: string; problem: string }[] = []
  const seen = new Set<string>()
  const visit = async (path: string, depth: number): Promise<void> => {
    signal.throwIfAborted()
    const name = relative(base, path)
    const real = await realpath(path).catch(() => undefined)
    if (real === undefined) return void problems.push({ name, problem: 'The link leads nowhere' })
    if (real !== base && !real.startsWith(base + sep)) return void problems.push({ name, problem: 'The link leads out of the folder and was not followed' })
    if (seen.has(real)) return
    const entry = await lstat(real)
    if (entry.isDirectory()) {
      seen.add(real)
      if (depth > MANIFEST_LIMITS.folderDepthMax) return void problems.push({ name, problem: `Deeper than ${MANIFEST_LIMITS.folderDepthMax} folders` })
      for (const child of (await readdir(real)).toSorted()) if (!SKIPPED_FOLDERS.has(child)) await visit(join(path, child), depth + 1)
    } else if (entry.isFile() && MANIFEST_NAME.test(name)) {
      seen.add(real)
      if (entry.size > MANIFEST_LIMITS.fileBytesMax) problems.push({ name, problem: `Larger than ${MANIFEST_LIMITS.fileBytesMax} bytes` })
      else if (files.length >= MANIFEST_LIMITS.filesMax) problems.push({ name, problem: `More than ${MANIFEST_LIMITS.filesMax} files` })
      else files.push({ path: real, name, bytes: entry.size })
    }
  }
  await visit(base, 0)
  return { files, problems }
}
