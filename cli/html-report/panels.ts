import type { CoverageEntry, ScanReport } from '@mintmark/contract/scan'
import { countOf } from '../report/text.ts'
import { fieldWords, objectWords, summarizeCoverage } from '../report/words.ts'
import { breakable, html, type Markup } from './escape.ts'

/** Rows of each table; `-o json` has all. */
const ROWS_MAX = 1_000

/** Applications with where they run, worst first. */
export function applicationsSection(report: ScanReport): Markup {
  const order = { Critical: 0, High: 1, Medium: 2, Low: 3, Unknown: 4 } as const
  const rows = report.applications.toSorted((a, b) => order[a.level] - order[b.level] || b.secretsTotal - a.secretsTotal)
  const deployments = new Map(report.deployments.map((deployment) => [deployment.key, deployment]))
  const identities = new Map(report.identities.map((identity) => [identity.key, identity.name]))
  const body = rows.slice(0, ROWS_MAX).map((application) => {
    const own = application.deployments.flatMap((key) => deployments.get(key) ?? [])
    const links = own.flatMap((deployment) =>
      deployment.links.filter((link) => link.relation === 'federated').map((link) => identities.get(link.target) ?? link.target),
    )
    const injected = own.filter((deployment) => deployment.mint.injection === 'enabled').length
    return html`<tr>
      <td><span class="pill ${application.level}">${application.secretsTotal === 0 ? 'None found' : application.level}</span></td>
      <td>
        <button type="button" data-find="${application.name}">${application.name}</button>
        <div class="sub">${breakable(application.evidence.join('. '))}</div>
      </td>
      <td class="number">${application.secretsTotal}</td>
      <td>${own.map((deployment) => html`<div>${breakable(`${deployment.namespace}/${deployment.kind}/${deployment.name}`)}</div>`)}</td>
      <td>
        ${links.length === 0 ? html`<span class="soft">none</span>` : [...new Set(links)].map((name) => html`<div class="mono">${breakable(name)}</div>`)}
      </td>
      <td>${own.length === 0 ? 'unknown' : `${injected} of ${own.length}`}</td>
    </tr>`
  })
  return section(
    'applications',
    'Applications',
    countOf(rows.length, 'application'),
    html`<table>
        <thead>
          <tr>
            <th>Worst secret</th>
            <th>Application</th>
            <th class="number">Secrets</th>
            <th>Where it runs</th>
            <th>Federated identity</th>
            <th>Mint injection</th>
          </tr>
        </thead>
        <tbody>
          ${body}
        </tbody>
      </table>
      ${cut(rows.length)}`,
  )
}

/** Principals; those that own secrets first. */
export function identitiesSection({ identities }: ScanReport): Markup {
  const rows = identities.toSorted((a, b) => b.secretsTotal - a.secretsTotal)
  const body = rows.slice(0, ROWS_MAX).map(
    (identity) =>
      html`<tr>
        <td class="number">${identity.secretsTotal}</td>
        <td>
          ${breakable(identity.name)}
          <div class="sub">
            ${Object.entries(identity.attributes)
              .map(([name, value]) => `${name} ${value}`)
              .join(' · ')}
          </div>
        </td>
        <td>${identity.kind}</td>
        <td>${identity.provider}</td>
      </tr>`,
  )
  return section(
    'identities',
    'Identities',
    countOf(rows.length, 'identity', 'identities'),
    html`<table>
        <thead>
          <tr>
            <th class="number">Secrets</th>
            <th>Identity</th>
            <th>Kind</th>
            <th>Provider</th>
          </tr>
        </thead>
        <tbody>
          ${body}
        </tbody>
      </table>
      ${cut(rows.length)}`,
  )
}

/** Values that only name a secret that is kept elsewhere. */
export function referencesSection({ references }: ScanReport): Markup | undefined {
  if (references.length === 0) return undefined
  const body = references.slice(0, ROWS_MAX).map((reference) => {
    const place = { ...reference, position: { line: 1, column: 1, length: 0 } }
    return html`<tr>
      <td>${reference.kind}</td>
      <td>
        ${breakable(objectWords(reference))}
        <div class="sub mono">${fieldWords(place)}</div>
      </td>
      <td class="mono">${breakable(reference.target ?? '')}</td>
    </tr>`
  })
  return section(
    'references',
    'References',
    'kept elsewhere and not counted above',
    html`<table>
        <thead>
          <tr>
            <th>Kind</th>
            <th>Where</th>
            <th>Names</th>
          </tr>
        </thead>
        <tbody>
          ${body}
        </tbody>
      </table>
      ${cut(references.length)}`,
  )
}

/** What was read, what was not, and what would change that. */
export function coverageSection({ scan }: ScanReport): Markup {
  const { total, complete } = summarizeCoverage(scan.coverage)
  const rows = scan.coverage.toSorted((a, b) => Number(a.coverage.state === 'complete') - Number(b.coverage.state === 'complete'))
  const body = rows.slice(0, ROWS_MAX).map(
    (entry) =>
      html`<tr>
        <td>${entry.collection}</td>
        <td>${entry.scope.namespace ?? 'whole cluster'}${entry.scope.object === undefined ? undefined : html`/${entry.scope.object}`}</td>
        <td><span class="state ${entry.coverage.state}">${entry.coverage.state}</span></td>
        <td class="number">${entry.objects}</td>
        <td>${advice(entry)}</td>
      </tr>`,
  )
  const problems = scan.problems.slice(0, ROWS_MAX).map(
    (problem) =>
      html`<tr>
        <td>${problem.namespace}/${problem.collection}/${problem.object}</td>
        <td class="mono">${problem.field}</td>
        <td>${problem.problem}</td>
      </tr>`,
  )
  const unread =
    scan.problems.length === 0
      ? undefined
      : html`<div class="card scroll">
          <table>
            <thead>
              <tr>
                <th>Object</th>
                <th>Field</th>
                <th>Why it could not be read</th>
              </tr>
            </thead>
            <tbody>
              ${problems}
            </tbody>
          </table>
          ${cut(scan.problems.length)}
        </div>`
  return html`${section(
    'coverage',
    'Coverage',
    `${complete} of ${total} read completely`,
    html`<table>
        <thead>
          <tr>
            <th>Collection</th>
            <th>Scope</th>
            <th>State</th>
            <th class="number">Objects</th>
            <th>What would change it</th>
          </tr>
        </thead>
        <tbody>
          ${body}
        </tbody>
      </table>
      ${cut(rows.length)}`,
  )}${unread}`
}

function advice({ coverage }: CoverageEntry): string {
  switch (coverage.state) {
    case 'complete':
      return ''
    case 'denied':
      return `Grant ${coverage.permission}`
    case 'partial':
    case 'failed':
      return coverage.reason
  }
}

/** What the words on the page mean. */
export function legendSection(): Markup {
  const level = (name: string, text: string) =>
    html`<dt><span class="pill ${name}">${name}</span></dt>
      <dd>${text}</dd>`
  const term = (name: string, text: string) =>
    html`<dt><b>${name}</b></dt>
      <dd>${text}</dd>`
  return html`<section id="legend">
    <h2>How to read this</h2>
    <div class="columns">
      <div class="card legend">
        <h3>Levels</h3>
        <dl>
          ${level('Critical', 'At least one factor is Critical: hard-coded in a workload, or administrator rights.')}
          ${level('High', 'The worst known factor is High: old, idle, or shared by more than two applications.')}
          ${level('Medium', 'The worst known factor is Medium: for example in a ConfigMap.')}
          ${level('Low', 'Every known factor is Low. Low is relative: it is still a static secret.')}
          ${level('Unknown', 'No factor is known. That is neither good nor bad.')}
        </dl>
      </div>
      <div class="card legend">
        <h3>What is not known</h3>
        <dl>
          ${term('Factor not known', 'Shown with its reason, counted, and never scored: an unknown last use is not "never used".')}
          ${term('Use unknown', 'A kind of workload could not be read, so there may be more users.')}
          ${term('No workload refers to it', 'Every workload was read, and none takes it. Code that reads the API itself does not show.')}
          ${term('Denied', 'The scanner lacks a permission. What it did not see is not gone.')}
        </dl>
      </div>
      <div class="card legend">
        <h3>Words</h3>
        <dl>
          ${term('Confidence', 'exact: the format proves itself; strong and medium: name, neighbours and place agree; weak: look before you act.')}
          ${term('Link', 'What says whose a secret is, with its evidence.')}
          ${term('Shadows', 'A static key stands beside a federated identity that could replace it.')}
          ${term('Copy of the past', 'An old Helm revision or an old annotation: the value may no longer be in use, but it can still be read.')}
        </dl>
      </div>
    </div>
  </section>`
}

function section(id: string, title: string, note: string, content: Markup): Markup {
  return html`<section id="${id}">
    <h2>${title} <small>${note}</small></h2>
    <div class="card scroll">${content}</div>
  </section>`
}

function cut(total: number): Markup | undefined {
  return total > ROWS_MAX ? html`<p class="legend soft">… ${countOf(total - ROWS_MAX, 'more row')}: -o json</p>` : undefined
}
