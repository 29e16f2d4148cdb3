import { createHash } from 'node:crypto'
import type { ScanReport } from '@mintmark/contract/scan'
import { VERSION } from '../program/version.ts'
import { durationWords, gapWords, gapsTitle, platformWords, summarizeCoverage, timeWords } from '../report/words.ts'
import { countOf } from '../report/text.ts'
import { html, ownElement, type Markup } from './escape.ts'
import { applicationsSection, coverageSection, identitiesSection, legendSection, referencesSection } from './panels.ts'
import { SCRIPT } from './script.ts'
import { secretsSection } from './secrets.ts'
import { STYLE } from './style.ts'
import { tiles } from './tiles.ts'

/** Gaps named in the banner; the coverage section has them all. */
const BANNER_GAPS_MAX = 4

/**
 * The report as one HTML file that loads nothing from anywhere: style and script stand inside, and the policy allows exactly these two.
 * Every name out of the cluster is escaped by the template itself.
 */
export function renderScanHtml(report: ScanReport): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy()}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="generator" content="spirlctl ${VERSION}" />
        <title>Static secrets in ${report.cluster.name}</title>
        ${ownElement('style', STYLE)}
      </head>
      <body>
        <a class="skip" href="#secrets">Skip to the secrets</a>
        ${head(report)}
        <main>
          ${tiles(report)} ${secretsSection(report)} ${applicationsSection(report)} ${identitiesSection(report)} ${referencesSection(report)}
          ${coverageSection(report)} ${legendSection()}
        </main>
        ${foot(report)} ${ownElement('script', SCRIPT)}
      </body>
    </html> `
  return page.markup
}

function policy(): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  return `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'`
}

const MARK = html`<svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round">
  <path d="M12 2.5 20 6v6c0 4.6-3.2 8-8 9.5C7.2 20 4 16.6 4 12V6z" />
  <path d="m8.5 12 2.5 2.5 4.5-5" stroke-linecap="round" />
</svg>`

function head(report: ScanReport): Markup {
  const { scan, cluster } = report
  const { total, complete, objects } = summarizeCoverage(scan.coverage)
  const mint = Object.entries({
    agent: cluster.mint.agent,
    controller: cluster.mint.controller,
    'CSI driver': cluster.mint.csiDriver,
    reflector: cluster.mint.reflector,
  })
  return html`<header class="top">
    <div class="brand">${MARK} Mintmark <span>Static secrets of a Kubernetes cluster</span></div>
    <h1>${cluster.name}</h1>
    <p class="facts">
      <span>${platformWords(cluster)}</span><span>${timeWords(scan.startedAt)}</span><span>read in ${durationWords(scan.startedAt, scan.finishedAt)}</span
      ><span>${countOf(objects, 'object')}</span><span>${complete} of ${countOf(total, 'collection')} read completely</span>
    </p>
    <p class="facts">${mint.map(([part, presence]) => html`<span title="${presence.evidence}">Mint ${part}: ${presence.state}</span>`)}</p>
    <nav aria-label="Sections">
      <a href="#secrets">Secrets</a><a href="#applications">Applications</a
      ><a href="#identities">Identities</a>${report.references.length > 0 ? html`<a href="#references">References</a>` : undefined}<a href="#coverage"
        >Coverage</a
      ><a href="#legend">How to read this</a>
    </nav>
    ${banner(report)}
  </header>`
}

/** What could not be read stands before every number, because it changes what the numbers mean (law 2). */
function banner(report: ScanReport): Markup | undefined {
  const { gaps } = summarizeCoverage(report.scan.coverage)
  if (gaps.length === 0) return undefined
  const more = gaps.length - BANNER_GAPS_MAX
  return html`<div class="banner" role="note">
    <strong>${gapsTitle(report.scan.coverage)}.</strong> There may be more secrets and more users of them than this page shows.
    <ul>
      ${gaps.slice(0, BANNER_GAPS_MAX).map((gap) => html`<li>${gapWords(gap)}</li>`)}${more > 0 ? html`<li><a href="#coverage">${more} more</a></li>` : undefined}
    </ul>
  </div>`
}

function foot({ scan }: ScanReport): Markup {
  return html`<footer>
    <p>
      Made by spirlctl ${scan.scanner.version} (rules ${scan.scanner.rules}, policy ${scan.policy}). No secret value is in this file: equal secrets are
      recognised by a keyed fingerprint (key <code>${scan.fingerprintKeyId}</code>).
    </p>
    <p>Scan <code>${scan.id}</code></p>
  </footer>`
}
