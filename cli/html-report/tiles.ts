import type { ScanReport } from '@mintmark/contract/scan'
import { LEVELS_WORST_FIRST, countLevels } from '../report/levels.ts'
import { html, type Markup } from './escape.ts'

/** Width of the strip in its own units. */
const STRIP = 1_000

/** How many secrets have each level; the tiles are also the filter. */
export function tiles(report: ScanReport): Markup {
  const counts = countLevels(report.secrets)
  const total = report.secrets.length
  const shown = LEVELS_WORST_FIRST.filter((level) => level !== 'Unknown' || counts.Unknown > 0)
  const shares = shown.map((level) => ({ level, width: total === 0 ? 0 : (counts[level] / total) * STRIP }))
  const strip = shares.map(({ level, width }, index) => {
    const x = shares.slice(0, index).reduce((sum, share) => sum + share.width, 0)
    return html`<rect class="${level}" x="${x.toFixed(1)}" y="0" width="${Math.max(0, width - 3).toFixed(1)}" height="8" />`
  })
  return html`<div class="tiles" role="group" aria-label="Secrets by level; press to filter">
      ${shown.map((level) => html`<button type="button" class="tile ${level}" data-level="${level}" aria-pressed="false"><b>${counts[level]}</b> <span>${level}</span> <small>${share(total)}</small></button>`)}
      <div class="tile"><b>${report.applications.length}</b> <span>Applications</span> <small>${report.deployments.length} deployments</small></div>
      <div class="tile">
        <b>${report.identities.length}</b> <span>Identities</span>
        <small>secrets belong to ${report.identities.filter((identity) => identity.secretsTotal > 0).length}</small>
      </div>
    </div>
    <svg class="bar" viewBox="0 0 ${String(STRIP)} 8" preserveAspectRatio="none" aria-hidden="true">${strip}</svg>`
}

function share(total: number): string {
  return total === 0 ? 'of none' : `of ${total.toLocaleString('en-US')}`
}
