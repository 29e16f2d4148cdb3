import type { Leaf, LeafReference } from '../leaf.ts'
import { KNOWN_WORDS } from './vocabulary.ts'
import { splitName } from './words.ts'

/** One way to name a secret that is kept elsewhere. */
interface ReferenceForm {
  readonly kind: string
  readonly pattern: RegExp
  /** The reference may be shown: its shape cannot hold a value. */
  readonly isShown: boolean
}

/** Characters of a value that can be a reference. */
const REFERENCE_CHARS_MAX = 4_096
/** Length in base64 of the session key that every sealed value begins with. */
const SEALED_CHARS_MIN = 686
const TARGET_CHARS_MAX = 512

/** Each form is defined by the documentation of the tool that resolves it. */
const FORMS: readonly ReferenceForm[] = [
  { kind: 'sops', pattern: /^ENC\[[A-Z0-9_]{3,20},data:/, isShown: false },
  { kind: 'vals', pattern: /^(?:secret)?ref\+[a-z0-9_]+:\/\/\S+$/, isShown: true },
  { kind: 'vault', pattern: /^(?:>>)?vault:[\w./${}-]+(?:#[\w.${}-]+)*(?:#\d+)?$/, isShown: true },
  { kind: 'argocd-vault-plugin', pattern: /^<(?:path:[^<>\s]{1,300}|[\w.-]{1,100})(?:\s*\|\s*[^<>]{1,60})?>$/, isShown: true },
  { kind: 'onepassword', pattern: /^op:\/\/\S[^\n]{0,300}$/, isShown: true },
  { kind: 'aws-secrets-manager', pattern: /^(?:\{\{resolve:secretsmanager:[^}]{1,300}\}\}|arn:aws[\w-]*:secretsmanager:[\w-]*:\d*:secret:[^\s]{1,300})$/, isShown: true },
  { kind: 'aws-parameter-store', pattern: /^(?:\{\{resolve:ssm(?:-secure)?:[^}]{1,300}\}\}|arn:aws[\w-]*:ssm:[\w-]*:\d*:parameter\/[^\s]{1,300}|ssm:\/\/?[\w./-]{1,300})$/, isShown: true },
  { kind: 'gcp-secret-manager', pattern: /^(?:sm:\/\/|gcp:secretmanager:|gsm:)?(?:\/\/secretmanager\.googleapis\.com\/)?projects\/[\w.-]+\/secrets\/[\w.-]+(?:\/versions\/[\w.-]+)?$/, isShown: true },
  { kind: 'gcp-secret-manager', pattern: /^(?:sm:\/\/|gcp:secretmanager:|gsm:\/\/)[\w./-]{1,300}$/, isShown: true },
  { kind: 'azure-key-vault', pattern: /^@Microsoft\.KeyVault\([^)]{1,400}\)$/, isShown: true },
  { kind: 'azure-key-vault', pattern: /^https:\/\/[\w-]{1,80}\.vault\.azure\.net\/(?:secrets|keys|certificates)\/[\w./-]{1,200}$/, isShown: true },
  { kind: 'secret-store', pattern: /^(?:secret-?refs?|secrets?|k8s|kube|kubernetes|config-?map-?ref|ssm|awssm|secretsmanager|asm|kms|keyvault|akv|gsm|conjur|bitwarden|infisical|doppler|credhub):\/{0,3}[\w.-]+(?:[/:#][\w.-]+){1,8}$/i, isShown: true },
  { kind: 'secret-store', pattern: /^(?:awssm|aws-sm|secretsmanager|aws_secrets|keyvault|akv|akeyless|conjur|doppler|infisical|bitwarden|bws|keeper|keychain|lastpass|pass|berglas|sm|gcpsecrets|consul|sops|chamber|credstash|aws-secretsmanager|aws-parameterstore|k8s|kubernetes|secret):\/\/[\w./@:#?=&%-]{1,300}$/, isShown: true },
  { kind: 'template', pattern: /^\{\{[^]*\}\}$|^\{%[^]*%\}$|^<%[^]*%>$/, isShown: true },
  { kind: 'variable', pattern: /^(?:\$\{\{[^}]{1,300}\}\}|\$\{[\w.:/-]{1,200}\}|\$\([\w.-]{1,200}\)|%[A-Za-z_][\w.-]{0,100}%|\$[A-Z_][A-Z0-9_]{0,100}|\$[a-z]+(?:_[a-z]+){1,8}|%\([\w.-]{1,100}\)s|#\{[\w.-]{1,100}\}#?|@@?[\w.-]{1,100}@@?|__[A-Za-z][\w-]{0,100}__|\$__(?:env|file)\{[^}]{1,200}\}|\$\[\[[^\]]{1,200}\]\])$/, isShown: true },
  { kind: 'variable', pattern: /^(?:env:(?:\/\/)?[A-Z_][A-Z0-9_]{0,100}|!ENV\s+\S{1,100}|env\(["']?\w{1,100}["']?\)|os\.environ\b[^\n]{0,120}|process\.env\.\w{1,100}|ENV\[["']\w{1,100}["']\]|System\.getenv\([^)]{1,100}\)|getenv\(["']\w{1,100}["']\)|os\.getenv\(["']\w{1,100}["']\))$/, isShown: true },
  { kind: 'file', pattern: /^(?:file:(?:\/\/)?|@|cat\s+|<\s*)?\/(?:run\/secrets|var\/run\/secrets|etc\/[\w./-]*(?:secret|credential|password)s?|mnt\/secrets[\w-]*|vault\/secrets|secrets?|config\/secrets?|bitnami\/[\w-]+\/secrets)\/[\w./-]{1,300}$/i, isShown: true },
  { kind: 'file', pattern: /^(?:file:(?:\/\/)?|@)\/?[\w./~-]*\/[\w./-]{1,300}$/, isShown: true },
] // prettier-ignore

/** `${NAME:-fallback}` and `${NAME:fallback}` carry a value of their own, which is not a reference. */
const WITH_FALLBACK = /^\$\{[\w.]+(?::-|:=|:|-)([^{}$]+)\}$/
const SECRET_KEY_REF =
  /(?:^|[.\]])(?:secretKeyRef|remoteRef|secretRef|existingSecret|passwordSecretRef|tokenSecretRef|secretStoreRef|valueFrom|configMapKeyRef)(?:\.[\w-]+)?$/

/**
 * Recognises values that name a secret instead of holding one: templates, variables, paths of mounted secrets, addresses of secret stores,
 * and what SOPS or Sealed Secrets encrypted. Such a value is reported as a reference and never as a secret.
 */
export function recogniseReference(leaf: Leaf): LeafReference | undefined {
  const { text } = leaf
  if (text.length > REFERENCE_CHARS_MAX) return isSealed(leaf) ? { kind: 'sealed-secret' } : undefined
  const first = text.charCodeAt(0)
  // Most values begin with a letter that no reference begins with, or hold none of their marks.
  if (first >= 48 && first <= 57 && !text.includes(':')) return undefined
  const value = unquoted(text.trim())
  if (value === '') return undefined
  if (isSealed(leaf)) return { kind: 'sealed-secret' }
  if (leaf.field !== undefined && SECRET_KEY_REF.test(leaf.field) && /^[\w./-]{1,253}$/.test(value))
    return { kind: 'secret-key-ref', target: value.slice(0, TARGET_CHARS_MAX) }
  if (!/[$%{}<>:/[\]#@_(]/.test(value)) return undefined
  if (isNamedVariable(value)) return { kind: 'variable', target: value }
  if (hasFallback(value)) return undefined
  for (const form of FORMS) {
    if (!form.pattern.test(value)) continue
    return form.isShown && value.length <= TARGET_CHARS_MAX && !/['"][^'"]{4,}['"]/.test(value) ? { kind: form.kind, target: value } : { kind: form.kind }
  }
  return undefined
}

function unquoted(text: string): string {
  const first = text.charCodeAt(0)
  return first === 34 || first === 39 ? text.replace(/^(["'])(.*)\1$/s, '$2') : text
}

/** The text behind the default of a variable (`${DB_PASSWORD:-s3cret}`) with its offset, or undefined. */
export function fallbackOf(text: string): { readonly text: string; readonly at: number } | undefined {
  if (!text.includes('${')) return undefined
  const match = WITH_FALLBACK.exec(text.trim())
  const value = match?.[1]
  if (value === undefined) return undefined
  return { text: value, at: text.indexOf(value, text.indexOf('{') + 2) }
}

/** `$password`, `:password` and `@dbPass` of scripts and statements: nothing but words that names are made of. `$ecret` is none. */
function isNamedVariable(value: string): boolean {
  if (!/^[$:@][A-Za-z_]\w{2,60}$/.test(value)) return false
  const words = splitName(value)
  return words.length > 0 && words.every((word) => KNOWN_WORDS.has(word))
}

function hasFallback(value: string): boolean {
  return WITH_FALLBACK.test(value)
}

/**
 * Sealed Secrets: base64 of a two-byte length of 512, an RSA-OAEP session key of that length, and the encrypted value. The length makes the
 * first three letters, and nothing shorter than the session key is one.
 */
function isSealed({ text }: Leaf): boolean {
  return (
    text.length > SEALED_CHARS_MIN &&
    /^Ag[A-D][A-Za-z0-9+/]/.test(text) &&
    /^[A-Za-z0-9+/]{64}$/.test(text.slice(0, 64)) &&
    /^[A-Za-z0-9+/]+={0,2}$/.test(text.slice(-64).trim())
  )
}
