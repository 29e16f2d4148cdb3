/** An expanded value has at most this many characters; a chain of variables that doubles at every step stops here. */
export const EXPANDED_CHARS_MAX = 1024 * 1024

/**
 * Expands `$(VAR)` as the kubelet does: `$$` stands for one `$`, so `$$(VAR)` stays text, and what cannot be looked up stays as it is written.
 *
 * @param lookUp the value of a variable; `undefined` when it is not known here
 * @returns `undefined` when the result would be longer than {@link EXPANDED_CHARS_MAX}
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function expandVariables(text: string, lookUp: (name: string) => string | undefined): string | undefined {
  let dollar = text.indexOf('$')
  if (dollar < 0) return text
  let result = ''
  let done = 0
  while (dollar >= 0 && dollar + 1 < text.length) {
    result += text.slice(done, dollar)
    const next = text[dollar + 1]
    if (next === '(') {
      const close = text.indexOf(')', dollar + 2)
      const name = close < 0 ? undefined : text.slice(dollar + 2, close)
      result += name === undefined ? '$(' : (lookUp(name) ?? `$(${name})`)
      done = close < 0 ? dollar + 2 : close + 1
    } else {
      result += next === '$' ? '$' : `$${next}`
      done = dollar + 2
    }
    if (result.length > EXPANDED_CHARS_MAX) return undefined
    dollar = text.indexOf('$', done)
  }
  return result + text.slice(done)
}
