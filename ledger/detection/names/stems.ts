/**
 * Letters that every suspicious name has somewhere: a cheap sieve before names are read word by word. It may let innocent names through,
 * it must not stop one that the judge could call secret.
 */
const STEMS =
  /pass|pwd|psw|pw\b|pw[_\d.-]|pw$|pin|secret|token|key|cred|auth|salt|pepper|seed|cookie|session|bearer|jwt|pat\b|pat[_\d.-]|pat$|sas\b|sas[_.-]|sas$|sign|hmac|crypt|cipher|contrase|clave|senha|segredo|passwor|kennwort|geheim|haslo|heslo|parol|sifre|wachtwoord|losen|salasana|mot_?de|mdp|mnemonic|dsn|conn|webhook|otp|licen[cs]e|private|access|client|tenant|account|sid\b|userinfo|root_?pw|requirepass|community|psk|pem\b|kubeconfig/i

/** Names that one detector remembers; configuration repeats the same few thousand names for ever. */
const REMEMBERED_NAMES_MAX = 8_192
/** Characters of a name that is worth remembering. */
const REMEMBERED_CHARS_MAX = 80

const remembered = new Map<string, boolean>()

/** A copy with characters of its own: a part of a text would keep the whole text, and its secrets, in memory. */
export function detached(name: string): string {
  return Buffer.from(name).toString()
}

/** True unless the name certainly cannot mean a secret. */
export function mayNameSecret(name: string): boolean {
  if (name === '') return false
  if (name.length > REMEMBERED_CHARS_MAX) return STEMS.test(name)
  const known = remembered.get(name)
  if (known !== undefined) return known
  const answer = STEMS.test(name)
  if (remembered.size >= REMEMBERED_NAMES_MAX) remembered.clear()
  remembered.set(detached(name), answer)
  return answer
}
