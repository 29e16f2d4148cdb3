import { isatty } from 'node:tty'

/** Columns where nobody said how many there are. */
const WIDTH_DEFAULT = 100

/** Where results are shown. Logs go elsewhere (standard error). */
export interface Terminal {
  readonly color: boolean
  readonly width: number
  /** Whether a person can answer a question. */
  readonly canAsk: boolean
  print(text: string): void
}

/** Standard output: colour only where a person looks and never against NO_COLOR; questions never in CI. */
export function terminalOf(environment: Readonly<Record<string, string | undefined>>): Terminal {
  const isTerminal = isatty(1)
  const { CI: ci = '', NO_COLOR: noColor = '' } = environment
  return {
    color: isTerminal && noColor === '',
    width: (isTerminal ? process.stdout.columns : 0) || WIDTH_DEFAULT,
    canAsk: isTerminal && isatty(0) && (ci === '' || ci === 'false'),
    print: (text) => process.stdout.write(text),
  }
}

/** What the first lines tell. */
export interface BannerFacts {
  readonly url: string
  readonly readySeconds: number
  readonly data: string
  readonly database: 'embedded' | 'external'
  readonly link: string | undefined
  /** The trust domain that this process serves, and where its agents dial. */
  readonly trustDomain?: { readonly name: string; readonly agents: string } | undefined
  /** Reachable from other machines without TLS. */
  readonly isExposed: boolean
}

/** Where the control plane is, where its data is, and how to get in. */
export function renderBanner({ url, readySeconds, data, database, link, trustDomain, isExposed }: BannerFacts): string {
  return [
    '',
    `Mintmark is ready at ${url} (after ${readySeconds.toFixed(1)} s)`,
    database === 'embedded' ? `  data      ${data}` : '  data      in the database that DATABASE_URL names',
    ...(link === undefined
      ? ['  sign in   somebody is signed in already; start with --admin-link for another link']
      : [`  sign in   ${link}`, '            (administrator; works once, within 15 minutes)']),
    ...(trustDomain === undefined
      ? []
      : [
          `  issues    trust domain ${trustDomain.name}; agents dial ${trustDomain.agents}`,
          '            register a cluster: npx spirlctl cluster register NAME',
        ]),
    ...(isExposed ? ['  warning   other machines can reach this address without TLS: put a TLS proxy in front of it and set MINTMARK_PUBLIC_URL'] : []),
    '  stop      Ctrl-C',
    '',
    '',
  ].join('\n')
}
