import { dirname, join, normalize } from 'node:path/posix'
import { AREAS, type Area, FOR_TESTS, GUARDED_PACKAGES } from './areas.ts'

/** The area of a file by its path relative to the root of the repository, or undefined outside of every area. */
export function areaOf(file: string): Area | undefined {
  return AREAS.filter((area) => file.startsWith(`${area.folder}/`)).toSorted((a, b) => b.folder.length - a.folder.length)[0]
}

/**
 * Why a file may not import what it names, or undefined when it may.
 *
 * @param file path relative to the root of the repository, with slashes
 */
export function explainForbiddenImport(file: string, specifier: string): string | undefined {
  const area = areaOf(file)
  if (area === undefined) return undefined
  if (specifier.startsWith('.')) return explainRelative(file, area, specifier)
  if (!specifier.startsWith('@mintmark/')) return explainGuarded(area, specifier)
  if (fits(specifier, area.packageName)) return `${area.folder} imports itself by its package name; inside an area imports are relative`
  const allowed = isTestFile(file) ? [...area.mayImport, ...FOR_TESTS] : area.mayImport
  if (allowed.some((pattern) => fits(specifier, pattern))) return undefined
  return `${area.folder} may not import ${specifier}; the table is in tools/lint/areas.ts and docs/architecture.md`
}

function explainRelative(file: string, area: Area, specifier: string): string | undefined {
  const target = normalize(join(dirname(file), specifier))
  const owner = areaOf(target)
  if (owner === area) return isTestFile(target) && !isTestFile(file) ? `${specifier} is for tests; the product must not depend on it` : undefined
  if (owner === undefined) return target.startsWith('..') ? `${specifier} leaves the repository` : undefined
  return `${specifier} reaches into ${owner.folder} past its door; import ${owner.packageName}`
}

function explainGuarded(area: Area, specifier: string): string | undefined {
  const guarded = GUARDED_PACKAGES.find(({ packageName }) => specifier === packageName || specifier.startsWith(`${packageName}/`))
  if (guarded === undefined || guarded.areas.includes(area.folder)) return undefined
  return `${area.folder} may not import ${specifier}: ${guarded.why}`
}

function fits(specifier: string, pattern: string): boolean {
  return pattern.endsWith('/*') ? specifier.startsWith(pattern.slice(0, -1)) : specifier === pattern
}

/** Tests and what only tests use: files `*.test.ts`, folders `fixtures` and `testing`, and files `testing.ts`. */
export function isTestFile(file: string): boolean {
  return /\.test\.ts$|\/fixtures\/|\/testing(\/|\.ts$|-)/.test(file)
}
