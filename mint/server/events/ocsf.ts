import type { MintEvent } from '../ports.ts'

/** Version of the Open Cybersecurity Schema Framework that the lines follow (schema.ocsf.io/1.8.0). */
const OCSF_VERSION = '1.8.0'
const IDENTITY_AND_ACCESS = 3
/** Class Authentication, activity "Authentication Ticket": a credential was asked for. */
const AUTHENTICATION = { classUid: 3002, activityId: 3 } as const
/** Class Entity Management and its activities by what is done with a keyset. */
const ENTITY_MANAGEMENT = 3004
const KEYSET_ACTIVITIES: Readonly<Record<string, number>> = {
  created: 1,
  prepare: 1,
  prepared: 1,
  activate: 3,
  activated: 3,
  taint: 3,
  tainted: 3,
  remove: 4,
  removed: 4,
}
const SEVERITY = { success: 1, failure: 3 } as const
const STATUS = { success: 1, failure: 2 } as const

/**
 * An event as an OCSF object: 3002 for every attempt to get a credential and every attestation, 3004 for keysets; undefined for others.
 * A subject that could not be told is the user "unknown".
 */
export function ocsfOf(event: MintEvent): Readonly<Record<string, unknown>> | undefined {
  switch (event.type) {
    case 'workload_credential_issued':
    case 'workload_credential_error':
    case 'agent_attestation': {
      const subject = event.spiffeId ?? (event.type === 'agent_attestation' ? event.agentId : undefined)
      return {
        ...common(event, AUTHENTICATION.classUid, AUTHENTICATION.activityId),
        user: subject === undefined ? { name: 'unknown', type_id: 0 } : { name: subject, uid: subject, type_id: 3 },
        auth_protocol: event.svidType ?? 'attestation',
        ...(event.audience === undefined ? {} : { service: { name: event.audience.join(' ') } }),
        unmapped: {
          ...(event.clusterId === undefined ? {} : { cluster_id: event.clusterId }),
          ...(event.agentId === undefined ? {} : { agent_id: event.agentId }),
          ...event.details,
        },
      }
    }
    case 'keyset_changed': {
      const action = typeof event.details['action'] === 'string' ? event.details['action'] : ''
      return {
        ...common(event, ENTITY_MANAGEMENT, KEYSET_ACTIVITIES[action] ?? 99),
        entity: { type: 'keyset', uid: event.keysetId ?? 'unknown', name: event.keysetId ?? 'unknown' },
        actor: { user: { name: typeof event.details['actor'] === 'string' ? event.details['actor'] : 'rotation' } },
        comment: action,
      }
    }
    case 'federation_link_polled':
    case 'configuration_changed':
    case 'audit_log':
      return undefined
  }
}

function common(event: MintEvent, classUid: number, activityId: number) {
  return {
    category_uid: IDENTITY_AND_ACCESS,
    class_uid: classUid,
    activity_id: activityId,
    type_uid: classUid * 100 + activityId,
    time: Date.parse(event.at),
    severity_id: SEVERITY[event.outcome],
    status_id: STATUS[event.outcome],
    ...(event.error === undefined ? {} : { status_detail: event.error }),
    metadata: { version: OCSF_VERSION, uid: event.id, product: { name: 'Mintmark', vendor_name: 'Mintmark' }, log_name: event.type },
  }
}
