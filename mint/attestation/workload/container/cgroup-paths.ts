/** Paths in `/proc/<pid>/cgroup` (cgroups(7)): `hierarchy:controllers:path`, where the path itself may hold colons. */
export function parseCgroupPaths(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => /^\d+:[^:]*:(\/.*)$/.exec(line)?.[1] ?? [])
}

/**
 * Roots of mounted cgroup file systems in `/proc/<pid>/mountinfo` (proc(5)). The fourth field is the root, and the type comes behind
 * a dash that ends the optional fields; blanks inside fields are written as `\040`.
 */
export function mountedCgroupPaths(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ')
    const dash = fields.indexOf('-', 6)
    const type = dash === -1 ? undefined : fields[dash + 1]
    const root = fields[3]
    return root !== undefined && (type === 'cgroup' || type === 'cgroup2') ? [unescape(root)] : []
  })
}

function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
