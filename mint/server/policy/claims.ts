import { SERVER_LIMITS } from '../limits.ts'
import { parseTemplate, renderText, type AttributeSource, type Template } from './template.ts'

/** Claims that are the token's own (RFC 7519 section 4.1): policy cannot set them. */
export const RESERVED_CLAIMS: readonly string[] = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']

const CLAIM_NAME = /^[A-Za-z0-9_.:/-]{1,128}$/
const CLAIMS_MAX = 32

/** Claims of a token beside its own: templates, and values as they are. */
export type ClaimTemplates = ReadonlyMap<string, Template | readonly Template[] | number | boolean>

/** How policy writes them: a map, or the older notation `team={{attr}},tier=gold`. */
export type ClaimsSpec = string | Readonly<Record<string, string | number | boolean | readonly string[]>>

type Parsed = { readonly ok: true; readonly claims: ClaimTemplates } | { readonly ok: false; readonly reason: string; readonly claim?: string }

/** Reads additional claims; reserved names are refused. */
export function parseClaims(spec: ClaimsSpec): Parsed {
  const entries = typeof spec === 'string' ? splitNotation(spec) : Object.entries(spec)
  if (entries === undefined) return { ok: false, reason: 'claims are written claim={{attribute}},claim2=text, or as a map' }
  if (entries.length > CLAIMS_MAX) return { ok: false, reason: `a token has at most ${CLAIMS_MAX} additional claims` }
  const claims = new Map<string, Template | readonly Template[] | number | boolean>()
  for (const [name, value] of entries) {
    if (!CLAIM_NAME.test(name)) return { ok: false, claim: name, reason: `"${name.slice(0, 64)}" cannot be a claim's name` }
    if (RESERVED_CLAIMS.includes(name))
      return { ok: false, claim: name, reason: `${name} is the token's own claim; policy cannot set ${RESERVED_CLAIMS.join(', ')}` }
    if (typeof value === 'number' || typeof value === 'boolean') {
      claims.set(name, value)
      continue
    }
    const templates: Template[] = []
    for (const source of typeof value === 'string' ? [value] : value) {
      const parsed = parseTemplate(source)
      if (!parsed.ok) return { ok: false, claim: name, reason: parsed.reason }
      templates.push(parsed.template)
    }
    const [only] = templates
    claims.set(name, typeof value === 'string' && only !== undefined ? only : templates)
  }
  return { ok: true, claims }
}

/**
 * The claims of a workload. A claim whose attribute the workload does not have is left out: its absence denies, it never grants.
 *
 * @returns undefined when they are larger than a token may carry
 */
export function renderClaims(templates: ClaimTemplates, attributes: AttributeSource): Readonly<Record<string, unknown>> | undefined {
  if (templates.size === 0) return {}
  const claims: Record<string, unknown> = Object.create(null)
  let bytes = 0
  for (const [name, value] of templates) {
    const rendered = renderClaim(value, attributes)
    if (rendered === undefined) continue
    const size = Buffer.byteLength(typeof rendered === 'string' ? rendered : JSON.stringify(rendered))
    if (size > SERVER_LIMITS.claimBytesMax) return undefined
    bytes += size + name.length
    claims[name] = rendered
  }
  return bytes > SERVER_LIMITS.claimsBytesMax ? undefined : claims
}

function renderClaim(value: Template | readonly Template[] | number | boolean, attributes: AttributeSource): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if ('parts' in value) {
    const rendered = renderText(value, attributes)
    return rendered.ok ? rendered.text : undefined
  }
  return value.flatMap((template) => {
    const rendered = renderText(template, attributes)
    return rendered.ok ? [rendered.text] : []
  })
}

function splitNotation(text: string): readonly (readonly [string, string])[] | undefined {
  const entries: (readonly [string, string])[] = []
  for (const part of text.split(',')) {
    const at = part.indexOf('=')
    if (at < 1) return undefined
    entries.push([part.slice(0, at).trim(), part.slice(at + 1).trim()])
  }
  return entries
}
