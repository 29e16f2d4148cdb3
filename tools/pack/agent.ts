import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { rolldown, type OutputChunk } from 'rolldown'

/**
 * Builds what a node runs of the agent: JavaScript in a few files that need nothing beside them but Node. The source runs too, from a
 * checkout; but taking the types out of four hundred files at each start costs an agent more memory than everything that it does.
 */

const ROOT = join(import.meta.dirname, '..', '..')
const ENTRY = join(ROOT, 'processes', 'bin', 'spirl-agent.js')
const LICENSES = 'third-party-licenses.txt'

/** Builds into a folder, which is made anew. @returns the file to run */
export async function buildAgent(folder: string): Promise<string> {
  const bundle = await rolldown({ input: ENTRY, platform: 'node', logLevel: 'warn' })
  try {
    await rm(folder, { recursive: true, force: true })
    // Names stay, so that a stack trace can be read; comments and blanks go, because Node keeps the text of what it runs in memory.
    const { output } = await bundle.write({
      dir: folder,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: 'spirl-agent-[name].js',
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    })
    const chunks = output.filter((file): file is OutputChunk => file.type === 'chunk')
    await Promise.all(chunks.map(({ fileName, code }) => writeFile(join(folder, fileName), asciiOf(code))))
    const modules = chunks.flatMap(({ moduleIds }) => moduleIds)
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    await writeFile(join(folder, LICENSES), await licensesOf(modules))
  } finally {
    await bundle.close()
  }
  return join(folder, 'spirl-agent.js')
}

/** One letter outside of Latin makes V8 keep two bytes for every letter of a file. An escape means the same in strings, templates and expressions. */
function asciiOf(code: string): string {
  return code.replaceAll(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What the licences of others ask for: their words, beside a copy of their code. */
async function licensesOf(modules: readonly string[]): Promise<string> {
  const packages = new Set(modules.filter((id) => id.includes('/node_modules/')).map(packageOf))
  const texts = await Promise.all([...packages].sort().map(licenseOf))
  return texts.join('\n')
}

function packageOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && /\/node_modules\/(?:@[^/]+\/)?[^/]+$/.test(folder)) return folder
  }
  throw new Error(`${relative(ROOT, file)} belongs to no package.`)
}

async function licenseOf(folder: string): Promise<string> {
  const { name, version, license }: Record<string, unknown> = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8')
  return `${String(name)} ${String(version)}, ${String(license)}\n\n${text}\n`
}

if (import.meta.main) {
  const file = await buildAgent(join(ROOT, 'dist'))
  process.stdout.write(`${relative(process.cwd(), file)} is ready: node ${relative(process.cwd(), file)} --help\n`)
}
