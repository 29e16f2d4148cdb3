/**
 * Common words of configuration and of plain English, written down for this purpose. The pairs of letters in them tell language from chance:
 * the table is counted from this list when the module is loaded, so that there is no table whose origin nobody knows.
 */
const WORDS =
  'about above access account action active address admin after again agent alert all allow alpha always amount analysis angular answer any apache application archive area array assembly asset async attach author auto available average back backend backup balance bank base basic batch beach before begin best better between big binary black block blue board body book boot border both bottom branch bread bridge bring broker browser bucket build business button cache calendar call camera cancel capital card carry case catalog category center central chain change channel character charge chart check child choice circle city class clean clear client clock close cloud cluster code collection color column come command comment common community company compare complete component computer condition config connect console consumer contact container content context control cookie copy core corner correct country course cover create credit cron current customer cycle daily dark dashboard data database date debug decision deep default delay delete deliver demo deploy describe design desktop detail develop device dialog different digital direct disable disk display document domain door double down download dragon dream drive driver drop dynamic early earth east easy edge editor effect elastic element email empty enable encode engine english enter entity entry environment error escape event every example exchange execute exist expire export express external factory fail false family fast father feature field figure file filter final find finish fire first fish flag flow flower folder follow font food force foreign forest form format forward found frame free freedom friend from front full function future game garden gateway general generate get girl give global gold good grafana grand graph great green ground group grow guest guide hand handle happy hard hash have head header health heart help hidden high history hold home horse host hour house http human image import include index info initial inner input insert install instance integer internal internet invoice issue item java join journal json jump keep kernel kind king know kube label lake land language large last later latest layer lead learn leave left legacy length letter level library license light like limit line link linux list listen little live load local location lock login long look lost love machine magic mail main make manage manager manual many map mark market master match matrix maven maximum measure media member memory menu merge message method metric micro middle mini minute mobile mode model module monday money monitor monkey month moon more morning most mother mount mouse move much multi music name native nature network never next night node none normal north note nothing notice number object office offset often online only open operation operator option oracle order origin other output over owner package page paint panel paper parameter parent park part partner party pass password past path pattern payment people performance permission person phone phone photo picture place plain plan plant platform play player please plugin plus point policy pool port portal position post power prefix present press preview price primary print private problem process producer product profile program project prometheus protect protocol provider proxy public pull purchase push python quality queue quick quiet radio rain random range rate read ready real record recover region register registry regular relation release remote remove rename repair replace replica report request require reset resource response rest result return reverse review right river road rock role roll root round route router rule runner running safe sail sample save scale scan schedule schema school science scope screen script search season second secret section secure select send sentence series server service session setting shadow shape share shell shift ship shop short show side sign silver simple single site size sleep slow small smart snow social socket soft software solution some song sort sound source south space special speed spring square stack staff stage standard star start state static station status step still stock stop storage store story strategy stream street string strong structure student studio style subject success suffix sugar summary summer sun super supply support surface system table take target task team temp template tenant term test text thank theme there think thread three throw ticket tiger time timeout title today together token topic total touch tower town track trade traffic train transfer transport travel tree trigger true trust type under union unique unit universe until update upload upper user valid value variable vector version view village visible vision visit voice volume wait walk wall want warn watch water weather website week welcome west what wheel where which white wild will wind window winter wire with without woman wonder wood word work worker world write yellow young zero zone'

const LETTERS = 26
/** Start and end of a word count as one more letter. */
const EDGE = LETTERS
const SIDE = LETTERS + 1

const lexicon: ReadonlySet<string> = new Set(WORDS.split(' '))
const logarithms = countPairs()

/** Logarithm (base 2) of the chance of each letter after each other one, with one added to every count. */
function countPairs(): Float64Array {
  const counts = new Float64Array(SIDE * SIDE).fill(0.5)
  for (const word of lexicon) {
    let before = EDGE
    for (let at = 0; at < word.length; at += 1) {
      const here = word.charCodeAt(at) - 97
      counts[before * SIDE + here] = (counts[before * SIDE + here] ?? 0) + 1
      before = here
    }
    counts[before * SIDE + EDGE] = (counts[before * SIDE + EDGE] ?? 0) + 1
  }
  const table = new Float64Array(SIDE * SIDE)
  for (let before = 0; before < SIDE; before += 1) {
    let sum = 0
    for (let here = 0; here < SIDE; here += 1) sum += counts[before * SIDE + here] ?? 0
    for (let here = 0; here < SIDE; here += 1) table[before * SIDE + here] = Math.log2((counts[before * SIDE + here] ?? 0) / sum)
  }
  return table
}

/** Shortest and longest word of the list. */
const [WORD_CHARS_MIN, WORD_CHARS_MAX] = lengthsOf(lexicon)

function lengthsOf(words: ReadonlySet<string>): readonly [min: number, max: number] {
  const lengths = [...words].map((word) => word.length)
  return [Math.min(...lengths), Math.max(...lengths)]
}

/** Mean logarithm of the chance of the letters from `from` to `end`; words lie above -4.2, chance lies below -5. */
function fluencyOf(text: string, from: number, end: number): number {
  let sum = 0
  let before = letterAt(text, from)
  for (let at = from + 1; at < end; at += 1) {
    const here = letterAt(text, at)
    sum += logarithms[before * SIDE + here] ?? 0
    before = here
  }
  return sum / (end - from - 1)
}

function letterAt(text: string, at: number): number {
  const code = text.charCodeAt(at) | 32
  return code >= 97 && code <= 122 ? code - 97 : EDGE
}

/** True for words that everybody knows. */
function isCommonWord(text: string, from: number, end: number): boolean {
  const length = end - from
  return length >= WORD_CHARS_MIN && length <= WORD_CHARS_MAX && lexicon.has(text.slice(from, end).toLowerCase())
}

/** Runs at least this long are judged by their pairs of letters; shorter ones say too little. */
const RUN_CHARS_MIN = 4
const FLUENCY_MIN = -4.45

/** Share of the characters of a text that belong to words or to what reads like words, from 0 to 1. */
export function wordShare(text: string): number {
  const { length } = text
  let covered = 0
  for (let from = 0; from < length;) {
    if (!isLetter(text.charCodeAt(from))) {
      from += 1
      continue
    }
    const end = endOfWord(text, from)
    if ((end - from >= RUN_CHARS_MIN && fluencyOf(text, from, end) > FLUENCY_MIN) || isCommonWord(text, from, end)) covered += end - from
    from = end
  }
  return length === 0 ? 0 : covered / length
}

function isLetter(code: number): boolean {
  return isSmall(code) || isCapital(code)
}

function isSmall(code: number): boolean {
  return code >= 97 && code <= 122
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90
}

/** End of the word at a letter: small letters with a capital before them or none, or nothing but capitals. */
function endOfWord(text: string, from: number): number {
  const { length } = text
  let end = from + 1
  if (end === length) return end
  if (isSmall(text.charCodeAt(from)) || isSmall(text.charCodeAt(end))) while (end < length && isSmall(text.charCodeAt(end))) end += 1
  else while (end < length && isCapital(text.charCodeAt(end))) end += 1
  return end
}
