import { readlink } from 'node:fs/promises'
import { AttestationError, type Attributes, type WorkloadAttestor, type WorkloadContext } from '../model.ts'
import type { Accounts } from './accounts.ts'
import type { ProcessFiles } from './process-files.ts'

/** What the linux attestor does beyond users and groups. */
export interface LinuxSettings {
  /** Also the path of the binary; needs CAP_SYS_PTRACE for processes of others. */
  readonly discoverWorkloadPath?: boolean | undefined
}

/**
 * User, group and supplementary groups by the credentials of the connection; where the kernel does not tell the last, by the process's status.
 * Several supplementary groups are one value, in the order of their numbers, divided by commas (a name cannot hold one).
 */
export function createLinuxAttestor(
  settings: LinuxSettings,
  parts: { readonly files: ProcessFiles; readonly accounts: Accounts; readonly procRoot?: string | undefined },
): WorkloadAttestor {
  return {
    type: 'linux',
    async attest({ peer }: WorkloadContext): Promise<Attributes> {
      const groups = ordered(peer.groups?.() ?? supplementaryGroups(parts.files.read(peer.pid, 'status')))
      const names = groups.flatMap((gid) => parts.accounts.groupName(gid) ?? [])
      const path = settings.discoverWorkloadPath === true ? await binaryPath(`${parts.procRoot ?? '/proc'}/${peer.pid}/exe`) : undefined
      const attributes: readonly (readonly [string, string | undefined])[] = [
        ['linux.user.id', String(peer.uid)],
        ['linux.user.name', parts.accounts.userName(peer.uid)],
        ['linux.group.id', String(peer.gid)],
        ['linux.group.name', parts.accounts.groupName(peer.gid)],
        ['linux.supp_group.id', groups.join(',') || undefined],
        ['linux.supp_group.name', names.join(',') || undefined],
        ['linux.binary.path', path],
      ]
      return new Map(attributes.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
    },
  }
}

/** The line `Groups:` of `/proc/<pid>/status` (proc(5)). */
export function supplementaryGroups(status: string): readonly number[] {
  const line = /^Groups:[ \t]*(.*)$/m.exec(status)?.[1] ?? ''
  const groups = line.split(/[ \t]+/).filter((text) => /^\d{1,10}$/.test(text))
  return groups.map(Number)
}

function ordered(groups: readonly number[]): readonly number[] {
  return [...new Set(groups)].sort((left, right) => left - right)
}

async function binaryPath(link: string): Promise<string> {
  try {
    return await readlink(link)
  } catch (error) {
    throw new AttestationError('UNAVAILABLE', 'The path of the binary could not be read; the agent needs CAP_SYS_PTRACE for that.', { cause: error })
  }
}
