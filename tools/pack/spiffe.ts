import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/**
 * Builds the package that npm gets of @mintmark/spiffe: JavaScript with declarations for Node 20 and newer, and the part of the contract
 * that it needs inside, so that it stands alone. The source in the repository stays what runs there.
 */

const ROOT = join(import.meta.dirname, '..', '..')
const SOURCE = join(ROOT, 'mint', 'spiffe')
const CONTRACT = join(ROOT, 'contract', 'grpc')
const FOLDER = join(ROOT, '.cache', 'packages', 'spiffe')

/** What the Workload API client needs of the contract. */
const CONTRACT_INDEX = `export { MESSAGE_BYTES_MAX, serviceDefinition } from './definition.ts'\nexport * as workloadApi from './workload_pb.ts'\n`

/** Files of tests, and of helpers that are for tests of this repository alone. */
const isForTests = (name: string): boolean => name.endsWith('.test.ts') || name === 'openssl-testing.ts' || name === 'workload-api-testing.ts'

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['esnext'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    skipLibCheck: true,
    rewriteRelativeImportExtensions: true,
    declaration: true,
    rootDir: 'source',
    outDir: 'package/dist',
  },
  include: ['source/**/*.ts'],
}

/** Builds into a folder, which is made anew. @returns the folder */
export async function buildSpiffePackage(folder: string): Promise<string> {
  const stage = await mkdtemp(join(tmpdir(), 'mintmark-pack-'))
  try {
    await stageSources(join(stage, 'source'))
    await symlink(join(ROOT, 'node_modules'), join(stage, 'node_modules'))
    await writeFile(join(stage, 'tsconfig.json'), JSON.stringify(TSCONFIG))
    await writeFile(join(stage, 'package.json'), JSON.stringify({ type: 'module' }))
    await compile(stage)
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    await cp(join(stage, 'package', 'dist'), join(folder, 'dist'), { recursive: true })
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
  await rewriteDeclarations(join(folder, 'dist'))
  for (const name of ['README.md', 'LICENSE']) await copyFile(join(SOURCE, name), join(folder, name))
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(await packageDescription(), undefined, 2)}\n`)
  return folder
}

/** Copies the sources; what is imported by package name here lies beside them there. */
async function stageSources(folder: string): Promise<void> {
  for (const path of await readdir(SOURCE, { recursive: true })) {
    const name = path.split('/').at(-1) ?? ''
    if (!name.endsWith('.ts') || isForTests(name)) continue
    const up = '../'.repeat(path.split('/').length - 1) || './'
    const text = await readFile(join(SOURCE, path), 'utf8')
    const staged = text.replaceAll(`'@mintmark/contract/grpc'`, `'${up}contract/index.ts'`).replaceAll(`'@mintmark/spiffe'`, `'${up}index.ts'`)
    const left = /'@mintmark\/[^']+'/.exec(staged)
    if (left !== null && !text.includes(`@module ${left[0]}`)) throw new Error(`mint/spiffe/${path} imports ${left[0]}, which the package does not hold.`)
    await write(join(folder, path), staged)
  }
  await write(join(folder, 'contract', 'index.ts'), CONTRACT_INDEX)
  await copyFile(join(CONTRACT, 'definition.ts'), join(folder, 'contract', 'definition.ts'))
  await copyFile(join(CONTRACT, 'generated', 'spiffe', 'workload_pb.ts'), join(folder, 'contract', 'workload_pb.ts'))
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

async function compile(stage: string): Promise<void> {
  try {
    await promisify(execFile)(join(ROOT, 'node_modules', '.bin', 'tsc'), ['--project', join(stage, 'tsconfig.json')])
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    throw new Error(`The package cannot be compiled:\n${output.slice(0, 4_000)}`, { cause: error })
  }
}

/** The compiler rewrites the endings of imports in JavaScript only. */
async function rewriteDeclarations(folder: string): Promise<void> {
  for (const path of await readdir(folder, { recursive: true })) {
    if (!path.endsWith('.d.ts')) continue
    const text = await readFile(join(folder, path), 'utf8')
    await writeFile(join(folder, path), text.replaceAll(/((?:from|import\()\s*["']\.{1,2}\/[^"']+)\.ts(["'])/g, '$1.js$2'))
  }
}

async function packageDescription(): Promise<object> {
  const source: {
    readonly name: string
    readonly version: string
    readonly description: string
    readonly keywords: readonly string[]
    readonly license: string
    readonly dependencies: Readonly<Record<string, string>>
  } = JSON.parse(await readFile(join(SOURCE, 'package.json'), 'utf8'))
  const { name, version, description, keywords, license, dependencies } = source
  const door = (path: string): object => ({ types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` })
  return {
    name,
    version,
    description,
    keywords,
    license,
    type: 'module',
    sideEffects: false,
    files: ['dist'],
    exports: { '.': door('index'), './workload-api': door('workload-api/index'), './testing': door('trust-domain-testing') },
    // The contract is inside.
    dependencies: Object.fromEntries(Object.entries(dependencies).filter(([dependency]) => !dependency.startsWith('@mintmark/'))),
    engines: { node: '>=20.12' },
  }
}

if (import.meta.main) process.stdout.write(`${await buildSpiffePackage(FOLDER)}\n`)
