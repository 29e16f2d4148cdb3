import type { Factor, Link, Occurrence, ScanReport, Secret } from '@mintmark/contract/scan'
import { countOf } from '../report/text.ts'
import {
  factorWords,
  factorsWorstFirst,
  levelReason,
  shadowWords,
  fieldWords,
  nameOfKey,
  objectWords,
  publicWords,
  secretTitle,
  timeWords,
  usageWords,
  viaWords,
} from '../report/words.ts'
import { breakable, html, type Markup } from './escape.ts'

/** More would make a page that no browser likes; `-o json` has all. */
const SECRETS_MAX = 3_000
/** Places and users drawn inside one secret. */
const PLACES_MAX = 40
const USERS_MAX = 12

/** Names of what keys stand for, so that people read names. */
interface Names {
  readonly application: (key: string) => string
  readonly deployment: (key: string) => string
  readonly identity: (key: string) => string
}

/** The heart of the page: every secret as a row that opens. */
export function secretsSection(report: ScanReport): Markup {
  const names = namesOf(report)
  const shown = report.secrets.slice(0, SECRETS_MAX)
  const hidden = report.secrets.length - shown.length
  const namespaces = [...new Set(shown.flatMap((secret) => secret.occurrences.map((occurrence) => occurrence.namespace)))].toSorted()
  return html`<section id="secrets" aria-labelledby="secrets-title">
    <h2 id="secrets-title">Secrets <small>worst first</small></h2>
    ${controls(namespaces)}
    <div class="card">
      <div class="grid heads" aria-hidden="true">
        <span>Level</span><span>What and whose</span><span>Where</span><span>Used by</span><span>Why</span><span></span>
      </div>
      ${shown.map((secret) => secretRow(secret, names))}
      ${hidden > 0 ? html`<p id="cut" class="legend">… ${countOf(hidden, 'secret')} more, all of them no worse than these: use -o json.</p>` : undefined}
      <p id="nothing" ${report.secrets.length > 0 ? html` hidden` : undefined}>
        ${report.secrets.length === 0 ? 'No static secret was found in what could be read.' : 'No secret fits these filters.'}
      </p>
    </div>
  </section>`
}

function controls(namespaces: readonly string[]): Markup {
  return html`<div class="controls" data-needs-script hidden>
    <input id="search" type="search" placeholder="Search names, kinds, places, users … ( / )" aria-label="Search secrets" />
    <select id="namespace" aria-label="Namespace">
      <option value="">Every namespace</option>
      ${namespaces.map((name) => html`<option>${name}</option>`)}
    </select>
    <select id="usage" aria-label="Use">
      <option value="">Used or not</option>
      <option value="used">Taken by a workload</option>
      <option value="no-static-consumer">No workload refers to it</option>
      <option value="historic">Copies of the past</option>
      <option value="unknown">Use unknown</option>
    </select>
    <button type="button" id="reset" hidden>Clear filters</button>
    <button type="button" id="open-all" aria-pressed="false">Open all</button>
    <span id="count" role="status"></span>
  </div>`
}

function secretRow(secret: Secret, names: Names): Markup {
  const [first] = secret.occurrences
  const known = secret.factors.filter((factor) => factor.known).length
  const usages = new Set(secret.occurrences.map(({ usage }) => (usage === 'mounted' ? 'used' : usage)))
  const namespaces = [...new Set(secret.occurrences.map(({ namespace }) => namespace))]
  return html`<details
    class="secret ${secret.level}"
    data-level="${secret.level}"
    data-usage="${[...usages].join(' ')}"
    data-namespaces="${JSON.stringify(namespaces)}"
  >
    <summary>
      <div class="grid">
        <div class="cell first"><span class="pill">${secret.level}</span></div>
        <div class="cell">
          <div><b>${secretTitle(secret)}</b>${secret.confidence === 'weak' ? html` <span class="tag">unsure</span>` : undefined}</div>
          <div class="sub mono">${breakable(publicWords(secret))}</div>
        </div>
        <div class="cell">
          ${
            first === undefined
              ? undefined
              : html`<div>${breakable(objectWords(first))}</div>
                  <div class="sub mono">${breakable(fieldWords(first))}</div>`
          }${secret.occurrencesTotal > 1 ? html`<div class="sub">and ${countOf(secret.occurrencesTotal - 1, 'more place')}</div>` : undefined}
        </div>
        <div class="cell">
          <div><span class="label">Used by</span>${users(secret, names)}</div>
        </div>
        <div class="cell">
          <div class="why">${levelReason(secret)}</div>
          ${shadowWords(secret).map((words) => html`<div class="why good">${words}</div>`)} ${factorDots(secret.factors, known)}
        </div>
        <span class="chevron" aria-hidden="true">›</span>
      </div>
    </summary>
    ${inside(secret, names)}
  </details>`
}

function users(secret: Secret, names: Names): Markup {
  const [first, second, ...others] = secret.applications
  if (first === undefined)
    return html`<span class="soft">${secret.occurrences.some(({ usage }) => usage === 'unknown') ? 'unknown' : 'no known application'}</span>`
  const shown = second === undefined ? names.application(first) : `${names.application(first)}, ${names.application(second)}`
  const more = secret.applicationsTotal - secret.applications.length + others.length
  return html`${shown}${more > 0 ? html` <span class="soft">and ${more} more</span>` : undefined}`
}

function factorDots(factors: readonly Factor[], known: number): Markup {
  const dots = factorsWorstFirst(factors).map((factor) => html`<i class="${factor.known ? (factor.level ?? 'Unknown') : 'none'}"></i>`)
  return html`<span class="known" role="img" aria-label="${known} of ${factors.length} factors known">${dots}</span>`
}

function inside(secret: Secret, names: Names): Markup {
  const shown = secret.occurrences.slice(0, PLACES_MAX)
  const hidden = secret.occurrencesTotal - shown.length
  return html`<div class="inside">
    <div>
      <h3>Why ${secret.level}</h3>
      <ul class="factors">
        ${factorsWorstFirst(secret.factors).map(factorItem)}
      </ul>
      <h3>Why it is taken for a secret</h3>
      <ul class="plain">
        <li>Confidence: ${secret.confidence}</li>
        ${secret.reasons.map((reason) => html`<li>${reason}</li>`)}
      </ul>
      ${links(secret.links, names)}${dates(secret)}
      <h3>Fingerprint</h3>
      <code>${secret.key.slice(0, 32)}…</code>
    </div>
    <div>
      <h3>${countOf(secret.occurrencesTotal, 'place')}</h3>
      <ul class="places">
        ${shown.map((occurrence) => placeItem(occurrence, names))}
      </ul>
      ${hidden > 0 ? html`<p class="soft">… ${countOf(hidden, 'more place')}: -o json</p>` : undefined}
    </div>
  </div>`
}

function factorItem(factor: Factor): Markup {
  if (!factor.known)
    return html`<li class="none">
      <span class="pill Unknown">Not known</span>
      <div><b>${factorWords(factor.name)}</b><span class="soft">${factor.reason}</span></div>
    </li>`
  const level = factor.level ?? 'Unknown'
  return html`<li>
    <span class="pill ${level}">${level}</span>
    <div><b>${factorWords(factor.name)}</b>${factor.reason}</div>
  </li>`
}

const RELATION_WORDS: Readonly<Record<Link['relation'], string>> = {
  'belongs-to': 'Belongs to',
  'pairs-with': 'Pairs with',
  federated: 'Federated with',
  'runs-as': 'Runs as',
  shadows: 'Shadows',
}

function links(all: readonly Link[], names: Names): Markup | undefined {
  if (all.length === 0) return undefined
  return html`<h3>Links</h3>
    <ul class="plain">
      ${all.map(
        (link) =>
          html`<li>
            ${RELATION_WORDS[link.relation]} <b>${names.identity(link.target)}</b> <span class="tag">${link.confidence}</span>
            <div class="soft">${link.evidence.join('. ')}</div>
          </li>`,
      )}
    </ul>`
}

function dates({ createdAt, expiresAt, attributes }: Secret): Markup | undefined {
  const facts = Object.entries(attributes).map(([name, value]) => html`<li><span class="soft">${name}</span> <span class="mono">${value}</span></li>`)
  const created = createdAt === undefined ? undefined : html`<li><span class="soft">created</span> ${timeWords(createdAt)}</li>`
  const expires = expiresAt === undefined ? undefined : html`<li><span class="soft">expires</span> ${timeWords(expiresAt)}</li>`
  if (facts.length === 0 && created === undefined && expires === undefined) return undefined
  return html`<h3>Public facts</h3>
    <ul class="plain">
      ${facts}${created}${expires}
    </ul>`
}

const EXPOSURE_WORDS: Readonly<Record<Occurrence['exposure'], string>> = {
  workload: 'hard-coded in the workload',
  configmap: 'in a ConfigMap',
  metadata: 'in an annotation',
  'kubernetes-secret': 'in a Kubernetes Secret',
}

function placeItem(occurrence: Occurrence, names: Names): Markup {
  const { position, consumers, consumersTotal } = occurrence
  const hidden = consumersTotal - Math.min(consumers.length, USERS_MAX)
  const uses = consumers.slice(0, USERS_MAX).map((consumer) => {
    const container = consumer.container === '' ? '' : `, container ${consumer.container}`
    return html`<li>
      <b>${names.deployment(consumer.deployment)}</b>
      <span class="soft">${viaWords(consumer)}${container}${consumer.overridden === undefined ? undefined : html` (${consumer.overridden})`}</span>
    </li>`
  })
  return html`<li>
    <div><b>${objectWords(occurrence)}</b></div>
    <div class="mono">${fieldWords(occurrence)}</div>
    <div class="sub mono soft">${occurrence.path}</div>
    <div class="tags">
      <span class="tag">${EXPOSURE_WORDS[occurrence.exposure]}</span
      ><span class="tag">line ${String(position.line)}, column ${String(position.column)}, ${position.length} characters</span
      >${occurrence.encoding.map((step) => html`<span class="tag">${step}</span>`)}${occurrence.historic === undefined ? undefined : html`<span class="tag past">${occurrence.historic}</span>`}
    </div>
    <ul class="uses">
      ${uses}${consumers.length === 0 ? html`<li class="soft">${usageWords(occurrence)}</li>` : undefined}${hidden > 0 ? html`<li class="soft">${hidden} more</li>` : undefined}
    </ul>
  </li>`
}

function namesOf(report: ScanReport): Names {
  const applications = new Map(report.applications.map(({ key, name }) => [key, name]))
  const deployments = new Map(report.deployments.map(({ key, namespace, kind, name }) => [key, `${namespace}/${kind}/${name}`]))
  const identities = new Map(report.identities.map(({ key, name }) => [key, name]))
  const secrets = new Map(report.secrets.map((secret) => [secret.key, `${secretTitle(secret)} ${publicWords(secret)}`.trim()]))
  return {
    application: (key) => applications.get(key) ?? nameOfKey(key),
    deployment: (key) => deployments.get(key) ?? nameOfKey(key),
    // The other half of a credential is often an identifier, which is no secret and has no row; its evidence names it.
    identity: (key) => identities.get(key) ?? secrets.get(key) ?? (/^[0-9a-f]{64}$/.test(key) ? 'its identifier' : key),
  }
}
