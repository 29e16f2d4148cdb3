import { mkdir, writeFile } from 'node:fs/promises'

const FOLDER = new URL('../../docs/bench/', import.meta.url)

/** Writes docs/bench/<name>.md and shows it. */
export async function writePage(name: string, page: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  await writeFile(new URL(`${name}.md`, FOLDER), page)
  process.stdout.write(page)
}
