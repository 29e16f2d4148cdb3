import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { AgentSettingsError, fieldsOf } from './fields.ts'
import { AGENT_CONFIG_VARIABLE, AGENT_VARIABLES } from './variables.ts'

/** Largest settings file, in bytes. */
const FILE_BYTES_MAX = 1024 * 1024

/** Sections of the document that a platform reads, in chart spirl-system's words. */
const PLATFORM_SECTIONS: Readonly<Record<string, string>> = { k8s: 'k8s', istio: 'istio', eks: 'eks', 'eks-istio': 'eksIstio', linux: 'linux' }

/** Where an agent runs. */
export type AgentPlatform = 'k8s' | 'istio' | 'eks' | 'eks-istio' | 'linux'

/** The document with the environment laid over it, and the platform with its section. */
export interface AgentDocument {
  readonly values: unknown
  readonly platform: AgentPlatform
  readonly section: string
}

/** Reads the command line, the file and the environment. @throws AgentSettingsError @returns undefined when help was asked for */
export async function readAgentDocument(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<AgentDocument | undefined> {
  const flags = parseFlags(args)
  if (flags.help) return undefined
  const path = flags.config ?? environment[AGENT_CONFIG_VARIABLE]
  const values: unknown = path === undefined || path === '' ? {} : await readDocument(path)
  const platform = platformOf(environment['SPIRL_PLATFORM'] ?? fieldsOf(values, '').text('platform'))
  const section = PLATFORM_SECTIONS[platform] ?? 'k8s'
  let merged = values
  for (const { name, place, kind } of AGENT_VARIABLES) {
    const text = environment[name]
    if (text === undefined || text === '') continue
    const value =
      kind === 'text'
        ? text
        : text
            .split(',')
            .map((one) => one.trim())
            .filter((one) => one !== '')
    merged = withValue(merged, place.replace('<platform>', section).split('.'), value)
  }
  return { values: merged, platform, section }
}

function parseFlags(args: readonly string[]): { readonly help: boolean; readonly config: string | undefined } {
  try {
    const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' }, help: { type: 'boolean' } }, strict: true, allowPositionals: false })
    return { help: values.help === true, config: values.config }
  } catch (error) {
    throw new AgentSettingsError(error instanceof Error ? error.message : 'The command line is not understood.', 'See: spirl-agent --help')
  }
}

/** The YAML reader is loaded only for a file that is not JSON: it would cost every agent some megabytes. */
async function readDocument(path: string): Promise<unknown> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new AgentSettingsError(`The settings file ${path} cannot be read (${code}).`, `Correct --config or ${AGENT_CONFIG_VARIABLE}.`)
  }
  if (text.length > FILE_BYTES_MAX)
    throw new AgentSettingsError(`The settings file ${path} is longer than ${FILE_BYTES_MAX} bytes.`, 'It holds values of chart spirl-system.')
  try {
    if (text.trimStart().startsWith('{')) return JSON.parse(text)
    const { parse } = await import('yaml')
    return parse(text, { maxAliasCount: 100 })
  } catch {
    // The parser's own words may repeat the text, and the file may hold a key.
    throw new AgentSettingsError(`The settings file ${path} is neither YAML nor JSON.`, 'Check it with: spirl-agent --config FILE')
  }
}

function platformOf(text: string | undefined): AgentPlatform {
  const platform = (text ?? 'k8s').toLowerCase()
  for (const known of ['k8s', 'istio', 'eks', 'eks-istio', 'linux'] as const) if (known === platform) return known
  throw new AgentSettingsError('The platform is not known.', 'Platforms are: k8s, istio, eks, eks-istio, linux.')
}

function withValue(document: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path
  if (name === undefined) return value
  const fields = typeof document === 'object' && document !== null && !Array.isArray(document) ? Object.entries(document) : []
  const known = Object.fromEntries<unknown>(fields)
  return { ...known, [name]: withValue(Object.hasOwn(known, name) ? known[name] : undefined, rest, value) }
}
