/** How often a character stands in configuration, in thousandths; it only steers speed, never what is found. */
const LETTERS = 'e 75 t 55 a 55 i 45 o 50 n 48 s 48 r 48 l 30 c 30 d 28 u 20 p 20 m 20 h 18 g 14 f 12 b 10 v 10 y 10 k 7 w 7 x 4 z 2 q 2 j 2'
const MARKS = '  90 \n 25 " 30 : 18 - 14 . 14 / 14 _ 14 , 12 = 6 { 5 } 5 ( 3 ) 3 $ 3 [ 3 ] 3 \' 3 # 2 @ 1'

const UPPER_CASE = 4
const DIGIT = 14
const OTHER = 0.5

/** Thousandths of each byte. */
export const FREQUENCIES: Float64Array = countedBytes()

function countedBytes(): Float64Array {
  const table = new Float64Array(256).fill(OTHER)
  for (let code = 65; code <= 90; code++) table[code] = UPPER_CASE
  for (let code = 48; code <= 57; code++) table[code] = DIGIT
  for (const list of [LETTERS, MARKS]) for (const [, letter = '', share] of list.matchAll(/([^]) (\d+)(?: |$)/g)) table[letter.charCodeAt(0)] = Number(share)
  return table
}

/** Words that nearly every file of a cluster repeats. */
const REPEATED =
  'value values valueFrom content contents config configMap contrib control container containers kubernetes kube access account info information remote ' +
  'identifier verified login logging keep live alive token secret secretKeyRef password user users manage manager managed name namespace application apply ' +
  'template metadata labels path mountPath http:// https:// key: api- nodePort port spec type image resources limits requests default enabled sess session -production'
const PIECE_CHARS = [3, 4]
const pieces: ReadonlySet<string> = new Set(
  [REPEATED, REPEATED.toUpperCase(), REPEATED.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())].flatMap((words) =>
    PIECE_CHARS.flatMap((size) => Array.from(words, (_letter, at) => words.slice(at, at + size))),
  ),
)

/** True for three or four letters of a word that configuration repeats. */
export function isRepeated(piece: string): boolean {
  return pieces.has(piece)
}
