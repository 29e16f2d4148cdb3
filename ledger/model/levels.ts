import type { Level } from '@mintmark/contract/scan'
import { LEVELS } from '@mintmark/contract/scan/plain'

/** Position of a level in rising order; `Unknown` is below everything, because it says nothing (law 3). */
export function levelRank(level: Level): number {
  return level === 'Unknown' ? -1 : LEVELS.indexOf(level)
}

/** The worst of several levels. Without any known level (or without any level at all) the answer is `Unknown`. */
export function worstLevel(levels: Iterable<Level>): Level {
  let worst: Level = 'Unknown'
  for (const level of levels) if (levelRank(level) > levelRank(worst)) worst = level
  return worst
}
