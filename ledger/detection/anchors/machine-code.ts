/** A WebAssembly module as its bytes are written: small enough to be put together by hand, so that no tool and no binary is needed. */
const I32 = 0x7f
const V128 = 0x7b
const EMPTY = 0x40

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value >>> 0
  do {
    const low = rest & 127
    rest >>>= 7
    bytes.push(rest === 0 ? low : low | 128)
  } while (rest !== 0)
  return bytes
}

/** Signed LEB128 of 32 bits. */
function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = value | 0
  for (;;) {
    const low = rest & 127
    rest >>= 7
    if ((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)) return [...bytes, low]
    bytes.push(low | 128)
  }
}

const get = (local: number): number[] => [0x20, ...unsigned(local)]
const set = (local: number): number[] => [0x21, ...unsigned(local)]
const tee = (local: number): number[] => [0x22, ...unsigned(local)]
const i32 = (value: number): number[] => [0x41, ...signed(value)]
const load32 = (offset = 0): number[] => [0x28, 0, ...unsigned(offset)]
const load8 = (offset = 0): number[] => [0x2d, 0, ...unsigned(offset)]
const store32 = (offset = 0): number[] => [0x36, 0, ...unsigned(offset)]
const vector = (operation: number, ...operands: readonly number[]): number[] => [0xfd, ...unsigned(operation), ...operands]
const loadVector = (offset: number): number[] => vector(0, 0, ...unsigned(offset))
const constant = (bytes: Uint8Array): number[] => vector(12, ...bytes)
const swizzle = (table: Uint8Array, index: readonly number[]): number[] => [...constant(table), ...index, ...vector(14)]
const block = (...body: readonly number[]): number[] => [0x02, EMPTY, ...body, 0x0b]
const loop = (...body: readonly number[]): number[] => [0x03, EMPTY, ...body, 0x0b]
const when = (...body: readonly number[]): number[] => [0x04, EMPTY, ...body, 0x0b]
const branch = (depth: number): number[] => [0x0c, depth]
const branchIf = (depth: number): number[] => [0x0d, depth]

const EQUALZ = 0x45
const BELOW = 0x49
const ABOVE_OR_EQUAL = 0x4f
const COUNT_ZEROS = 0x68
const ADD = 0x6a
const SUBTRACT = 0x6b
const MULTIPLY = 0x6c
const AND = 0x71
const OR = 0x72
const SHIFT_RIGHT = 0x76

const COUNT_LEADING = 0x67

const AND_VECTOR = vector(78)
const EQUAL_BYTES = vector(35)
const BITMASK = vector(100)
const SHIFT_BYTES = vector(109)

/** Every module begins with these: the magic and version 1. */
const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

/** Bytes of the vector registers. */
const LANES = 16
const splat = (byte: number): Uint8Array => new Uint8Array(LANES).fill(byte)

/** Spreads windows of four bytes over the bits of a table. */
const LONG_FACTOR = 0x9e3779b1
/** The same for windows of three bytes: the fourth is shifted out. */
const SHORT_FACTOR = LONG_FACTOR << 8
const HASH_BITS = 17
/** Bytes of each of the two tables that have a bit for each hash. */
export const BIT_TABLE_BYTES = 1 << (HASH_BITS - 3)
const FIRST_HASH_BITS = 15
/** Bytes of the table of first looks, which has a byte for each hash: it is as large as the fastest cache. */
export const FIRST_TABLE_BYTES = 1 << FIRST_HASH_BITS

/** Place of a window in its table. The scanner and its tables count alike. */
export function hashOf(window: number, isLong: boolean): number {
  return Math.imul(window, isLong ? LONG_FACTOR : SHORT_FACTOR) >>> (32 - HASH_BITS)
}

/** Place of the first three bytes of a window in the table of first looks. */
export function firstHashOf(window: number): number {
  return Math.imul(window, SHORT_FACTOR) >>> (32 - FIRST_HASH_BITS)
}

/** Where things lie in the memory of the module. */
export interface Layout {
  /** Table of first looks. */
  readonly firstTable: number
  /** Table of hashes of windows of three bytes. */
  readonly shortTable: number
  /** Table of hashes of windows of four bytes. */
  readonly longTable: number
  /** Word that holds the offset of the last break between runs. */
  readonly lastBreak: number
  readonly output: number
}

/** Runs of characters that are reported: `long` and above always, `padded` and above before an equals sign. */
export interface RunSizes {
  readonly long: number
  readonly padded: number
}

/** Marks an offset of the output as the begin of a run; the next one is its end. */
export const RUN_MARK = 0x80000000
const EQUALS_SIGN = 61

/** Parameters and variables of the function, by number. */
const FROM = 0
const END = 1
const OUT = 2
const BREAKS = 3
const BITS = 4
const AT = 5
const HASH = 6
const LAST = 7
const STOP = 8
const CHARACTERS = 9

/** Which characters belong to runs, by low and by high half: those whose halves share a bit. */
export interface RunNibbles {
  readonly low: Uint8Array
  readonly high: Uint8Array
}

/**
 * The module: one function `scan(from, end)` that writes offsets into the output and returns how many bytes it wrote. The hash of the three characters at
 * each place is looked up in a table of bits, four places at once without a branch; what passes is looked up again with its fourth character.
 * In the same pass, runs of base64 characters are measured by vectors of sixteen characters.
 */
export function scannerModule(runs: RunNibbles, layout: Layout, sizes: RunSizes): Uint8Array<ArrayBuffer> {
  const body = [...unsigned(2), ...unsigned(7), I32, ...unsigned(1), V128, ...scanCode(runs, layout, sizes), 0x0b]
  const name = (text: string): number[] => [...unsigned(text.length), ...Buffer.from(text)]
  const section = (id: number, ...content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content]
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, 1, 0x60, 2, I32, I32, 1, I32),
    ...section(2, 1, ...name('host'), ...name('memory'), 2, 0, 1),
    ...section(3, 1, 0),
    ...section(7, 1, ...name('scan'), 0, 0),
    ...section(10, 1, ...unsigned(body.length), ...body),
  ])
}

/** Looks the hash of the four bytes on the stack up; the wanted bit of the word that is left is the lowest one. */
const lookUp = (table: number, factor: number): number[] => [
  ...i32(factor),
  MULTIPLY,
  ...i32(32 - HASH_BITS),
  SHIFT_RIGHT,
  ...tee(HASH),
  ...i32(3),
  SHIFT_RIGHT,
  ...i32(-4),
  AND,
  ...load32(table),
  ...get(HASH),
  SHIFT_RIGHT,
]

const emit = (value: readonly number[]): number[] => [...get(OUT), ...value, ...store32(), ...get(OUT), ...i32(4), ADD, ...set(OUT)]

/** Judges the places from `group` to `group + 3` of the sixteen. */
function judgeGroup(group: number, layout: Layout): number[] {
  const places = [0, 1, 2, 3].flatMap((place) => [
    ...get(FROM),
    ...load32(group + place),
    ...i32(SHORT_FACTOR),
    MULTIPLY,
    ...i32(32 - FIRST_HASH_BITS),
    SHIFT_RIGHT,
    ...load8(layout.firstTable),
    ...(place === 0 ? [] : [OR]),
  ])
  const window = [...get(AT), ...load32()]
  const again = loop(
    ...window,
    ...lookUp(layout.longTable, LONG_FACTOR),
    ...window,
    ...lookUp(layout.shortTable, SHORT_FACTOR),
    OR,
    ...i32(1),
    AND,
    ...when(...emit(get(AT))),
    ...get(AT),
    ...i32(1),
    ADD,
    ...tee(AT),
    ...get(STOP),
    BELOW,
    ...branchIf(0),
  )
  const begin = [...get(FROM), ...i32(group), ADD, ...tee(AT), ...i32(4), ADD, ...set(STOP)]
  return [...places, ...when(...begin, ...again)]
}

/** Measures the runs that end in the sixteen characters: only the first break can end a long one, and padded ones end with an equals sign. */
function measureRuns(runs: RunNibbles, sizes: RunSizes): number[] {
  const half = (table: Uint8Array, index: readonly number[]): number[] => swizzle(table, index)
  const characters = get(CHARACTERS)
  const isRun = [
    ...half(runs.low, [...characters, ...constant(splat(15)), ...AND_VECTOR]),
    ...half(runs.high, [...characters, ...i32(4), ...SHIFT_BYTES]),
    ...AND_VECTOR,
  ]
  const emitRun = [...emit([...get(LAST), ...i32(1), ADD, ...i32(RUN_MARK), OR]), ...emit(get(AT))]
  const isLongerThan = (size: number): number[] => [...get(AT), ...get(LAST), SUBTRACT, ...i32(size + 1), ABOVE_OR_EQUAL]
  const highest = (bits: readonly number[]): number[] => [...get(FROM), ...i32(31), ADD, ...bits, COUNT_LEADING, SUBTRACT]
  const padded = block(
    ...loop(
      ...get(BITS),
      EQUALZ,
      ...branchIf(1),
      ...get(FROM),
      ...get(BITS),
      COUNT_ZEROS,
      ADD,
      ...set(AT),
      // Breaks before this one that lie in the sixteen characters; HASH is free here.
      ...get(BREAKS),
      ...get(BITS),
      ...i32(0),
      ...get(BITS),
      SUBTRACT,
      AND,
      ...i32(1),
      SUBTRACT,
      AND,
      ...tee(HASH),
      ...when(...highest(get(HASH)), ...set(LAST)),
      ...isLongerThan(sizes.padded),
      ...when(...emitRun),
      ...get(BITS),
      ...get(BITS),
      ...i32(1),
      SUBTRACT,
      AND,
      ...set(BITS),
      ...branch(0),
    ),
  )
  return [
    ...get(FROM),
    ...loadVector(0),
    ...set(CHARACTERS),
    ...isRun,
    ...constant(splat(0)),
    ...EQUAL_BYTES,
    ...BITMASK,
    ...tee(BREAKS),
    ...when(
      ...get(FROM),
      ...get(BREAKS),
      COUNT_ZEROS,
      ADD,
      ...set(AT),
      ...isLongerThan(sizes.long),
      ...when(...emitRun),
      ...characters,
      ...constant(splat(EQUALS_SIGN)),
      ...EQUAL_BYTES,
      ...BITMASK,
      ...tee(BITS),
      ...when(...padded),
      ...highest(get(BREAKS)),
      ...set(LAST),
    ),
  ]
}

function scanCode(runs: RunNibbles, layout: Layout, sizes: RunSizes): number[] {
  return [
    ...i32(layout.output),
    ...set(OUT),
    ...i32(layout.lastBreak),
    ...load32(),
    ...set(LAST),
    ...block(
      ...loop(
        ...get(FROM),
        ...get(END),
        ABOVE_OR_EQUAL,
        ...branchIf(1),
        ...[0, 4, 8, 12].flatMap((group) => judgeGroup(group, layout)),
        ...measureRuns(runs, sizes),
        ...get(FROM),
        ...i32(LANES),
        ADD,
        ...set(FROM),
        ...branch(0),
      ),
    ),
    ...i32(layout.lastBreak),
    ...get(LAST),
    ...store32(),
    ...get(OUT),
    ...i32(layout.output),
    SUBTRACT,
  ]
}
