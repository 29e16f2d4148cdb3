/**
 * Audiences of clouds whose token services want RSA, or take it where they might refuse ECDSA (rule 42 of docs/conformance.md):
 * Entra refuses ES256; AWS and Google take RS256. A trailing `*` stands for any ending.
 */
const CLOUD_AUDIENCES: readonly string[] = [
  'sts.amazonaws.com',
  'sts.amazonaws.com.cn',
  'https://sts.amazonaws.com*',
  'api://AzureADTokenExchange*',
  '//iam.googleapis.com/*',
  'https://iam.googleapis.com/*',
  'https://sts.googleapis.com*',
]

/** Decides a token's algorithm by its audiences: RS256 when one of them is listed, ES256 else. */
export function algorithmChooser(rs256Audiences: readonly string[]): (audience: readonly string[]) => 'ES256' | 'RS256' {
  const exact = new Set<string>()
  const prefixes: string[] = []
  for (const pattern of [...CLOUD_AUDIENCES, ...rs256Audiences]) {
    if (pattern.endsWith('*')) prefixes.push(pattern.slice(0, -1))
    else exact.add(pattern)
  }
  const wantsRsa = (audience: string): boolean => exact.has(audience) || prefixes.some((prefix) => audience.startsWith(prefix))
  return (audience) => (audience.some(wantsRsa) ? 'RS256' : 'ES256')
}
