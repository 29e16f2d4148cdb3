import type { MintEvent } from '@mintmark/mint/server'
import { bodyOf, EVENT_TYPES, SVID_TYPES } from './event-row.ts'
import { arrayText, copyJson, copyValue } from './literals.ts'

/** COPY's word for NULL. */
const NULL = '\\N'

/** Events as rows of COPY in the text form, columns in the order of `EVENT_COLUMNS`. */
export function copyOfEvents(events: readonly MintEvent[]): Buffer {
  let rows = ''
  for (const event of events) rows += rowOf(event)
  return Buffer.from(rows, 'utf8')
}

/** One line. Put together as text: thousands of these are written a second, and a list for each row would be most of the garbage. */
function rowOf(event: MintEvent): string {
  const { at, id, type, outcome, svidType, trustDomainId, clusterId, spiffeId, audience } = event
  const subject = `${clusterId === undefined ? NULL : copyValue(clusterId)}\t${spiffeId === undefined ? NULL : copyValue(spiffeId)}`
  const kind = `${EVENT_TYPES[type]}\t${outcome === 'success' ? 't' : 'f'}\t${svidType === undefined ? NULL : SVID_TYPES[svidType]}`
  const audiences = audience === undefined ? NULL : copyValue(arrayText(audience))
  return `${at}\t${copyValue(id)}\t${kind}\t${copyValue(trustDomainId)}\t${subject}\t${audiences}\t${copyJson(bodyOf(event))}\n`
}
