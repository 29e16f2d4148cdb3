import type { Attributes, WorkloadAttestor } from '../model.ts'
import { parseCgroupPaths } from './container/cgroup-paths.ts'
import type { ProcessFiles } from './process-files.ts'

/** Name of the hierarchy of systemd where version 1 is mounted; the only one, without a name, in version 2. */
const SYSTEMD_HIERARCHY = /^(?:0:|\d+:name=systemd):/

/**
 * The unit of the system's manager that a process belongs to, by its cgroup: only root moves processes there. What a user's own
 * manager or a unit with delegation makes below its unit is that user's choice and is not looked at.
 */
export function createSystemdAttestor(parts: { readonly files: ProcessFiles }): WorkloadAttestor {
  return {
    type: 'systemd',
    async attest({ peer }): Promise<Attributes> {
      const unit = unitOf(parts.files.read(peer.pid, 'cgroup'))
      if (unit === undefined) return new Map()
      return new Map([
        ['systemd.id', unit.id],
        ['systemd.control_group', unit.controlGroup],
      ])
    },
  }
}

/** The first segment behind the slices, when it is a service or a scope. Containers and pods are not systemd's workloads. */
export function unitOf(cgroup: string): { readonly id: string; readonly controlGroup: string } | undefined {
  const line = cgroup.split('\n').find((text) => SYSTEMD_HIERARCHY.test(text))
  const [path] = line === undefined ? [] : parseCgroupPaths(line)
  const segments = path?.split('/').slice(1) ?? []
  const position = segments.findIndex((segment) => !segment.endsWith('.slice'))
  const id = segments[position]
  if (id === undefined || !/^[A-Za-z0-9:_.\\@-]+\.(?:service|scope)$/.test(id) || CONTAINER_SCOPE.test(id)) return undefined
  return { id, controlGroup: `/${segments.slice(0, position + 1).join('/')}` }
}

const CONTAINER_SCOPE = /[0-9a-f]{64}/
