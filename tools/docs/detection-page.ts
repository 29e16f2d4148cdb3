import { KINDS, listCatalogue } from '@mintmark/ledger/detection'

/** The page of docs/detection.md: every kind of credential with its sentence, and every rule with the source of its facts. */
export function renderDetectionPage(): string {
  const kinds = Object.entries(KINDS).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const rules = listCatalogue().toSorted((a, b) => (a.rule < b.rule ? -1 : 1))
  return [
    '# What is detected',
    '',
    'This page is generated from the catalogue in `ledger/detection`; a test holds it current.',
    'How well the rules do is measured in [bench/detection.md](bench/detection.md). Beside these rules, passwords and generic keys are decided by their name, neighbours, consumers and a model of values (`ledger/detection/names`).',
    '',
    '## Kinds',
    '',
    '| `kind` in reports | what it is |',
    '|---|---|',
    ...kinds.map(([kind, about]) => `| ${kind} | ${escapeCell(about)} |`),
    '',
    '## Rules and where their facts come from',
    '',
    'A rule is decided by the form of the value, or by the name it stands under together with its form. Facts are prefixes, lengths, alphabets and checksums; every expression is our own.',
    '',
    '| rule | kind | provider | decided by | facts from | licence |',
    '|---|---|---|---|---|---|',
    ...rules.map(
      ({ rule, kind, provider, decidedBy, source }) =>
        `| ${rule} | ${kind} | ${escapeCell(provider)} | ${decidedBy} | ${escapeCell(source.page)} | ${source.licence} |`,
    ),
    '',
  ].join('\n')
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
