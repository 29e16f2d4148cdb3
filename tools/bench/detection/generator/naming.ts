/** How a file or an environment writes names. Input segments are lower-case words joined by hyphens. */
export type NameStyle = 'screaming' | 'snake' | 'kebab' | 'camel' | 'pascal' | 'flat'

const words = (segment: string): string[] => segment.split('-')
const capital = (word: string): string => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`

/** One segment in one style. */
export function styleSegment(segment: string, style: NameStyle): string {
  if (style === 'kebab') return segment
  if (style === 'screaming') return words(segment).join('_').toUpperCase()
  if (style === 'snake') return words(segment).join('_')
  if (style === 'flat') return words(segment).join('')
  const joined = words(segment).map(capital).join('')
  return style === 'pascal' ? joined : `${joined.slice(0, 1).toLowerCase()}${joined.slice(1)}`
}

/** A whole path as one flat name: `spring.datasource.password` becomes SPRING_DATASOURCE_PASSWORD. */
export function flatName(path: readonly string[], style: NameStyle): string {
  return styleSegment(path.join('-'), style)
}
