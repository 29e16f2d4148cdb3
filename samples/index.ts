import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sampleValues } from './values.ts'

export { sampleValues } from './values.ts'

/** Name of the sample cluster, wherever it is shown; it says that nothing of it is real. */
export const SAMPLE_CLUSTER_NAME = 'tea-shop-sample'

const SOURCE = new URL('./tea-shop/', import.meta.url)
/** `{{sample:name}}` stands for a value, `{{sample-base64:name}}` for its base64, as Secrets hold it. */
const PLACEHOLDER = /\{\{sample(-base64)?:([a-z-]{1,64})\}\}/g

/**
 * Writes the manifests of the sample cluster into a folder, for example a temporary one, with the values that only look like secrets put in.
 *
 * @returns paths of the files, in order
 */
export async function writeSampleCluster(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = (await readdir(SOURCE)).filter((name) => name.endsWith('.yaml')).toSorted()
  return await Promise.all(names.map((name) => writeManifest(folder, name)))
}

async function writeManifest(folder: string, name: string): Promise<string> {
  const template = await readFile(new URL(name, SOURCE), 'utf8')
  const values = sampleValues()
  const manifest = template.replaceAll(PLACEHOLDER, (_, base64: string | undefined, key: string) => {
    const value = values.get(key)
    if (value === undefined) throw new Error(`${name} names the sample value ${key}, which does not exist`)
    return base64 === undefined ? value : Buffer.from(value).toString('base64')
  })
  const path = join(folder, name)
  await writeFile(path, manifest, { mode: 0o600 })
  return path
}

if (import.meta.main) {
  const folder = process.argv[2]
  if (folder === undefined) {
    process.stderr.write('Usage: node samples/index.ts FOLDER\n')
    process.exitCode = 2
  } else {
    const paths = await writeSampleCluster(folder)
    process.stdout.write(`Wrote ${paths.length} manifests of the sample cluster to ${folder}.\n`)
  }
}
