/**
 * Bits of each symbol's code, RFC 7541 appendix B; symbol 256 is EOS. The code is canonical: the lengths determine it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#appendix-B
 */
const CODE_BITS: readonly number[] = [
  [13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  [28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  [6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  [5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  [13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  [7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  [15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  [6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  [20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  [24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  [22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  [21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  [26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  [19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  [20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  [26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
  [30],
].flat()

const EOS = 256
const CODE_BITS_MAX = 30
/** Padding is the beginning of EOS, all ones, and shorter than a byte (RFC 7541 section 5.2). */
const PADDING_BITS_MAX = 7

/** What four more bits do: low 8 bits a symbol, then flags, then the next state. The shortest code has five bits, so a step ends at most one. */
const EMITS = 1 << 8
const FAILS = 1 << 9
const STATE_SHIFT = 10

interface CodeTree {
  /** Two children a node: positive another node, negative -1 minus a symbol, 0 none yet. */
  readonly children: Int32Array
  /** Nodes at which a string may end. */
  readonly mayEnd: Uint8Array
}

const TREE = growTree()
const STEPS = tabulateSteps(TREE)

/** The code of each symbol by canonical assignment: by length, then by symbol. */
function assignCodes(): readonly { readonly symbol: number; readonly bits: number; readonly code: number }[] {
  const ordered = CODE_BITS.map((bits, symbol) => ({ symbol, bits })).sort((left, right) => left.bits - right.bits || left.symbol - right.symbol)
  let code = 0
  let lastBits = 0
  return ordered.map(({ symbol, bits }) => {
    code = code * 2 ** (bits - lastBits)
    lastBits = bits
    return { symbol, bits, code: code++ }
  })
}

function growTree(): CodeTree {
  const children = new Int32Array(CODE_BITS.length * 2)
  const mayEnd = new Uint8Array(CODE_BITS.length)
  let nodes = 1
  for (const { symbol, bits, code } of assignCodes()) {
    let node = 0
    for (let bit = bits - 1; bit >= 0; bit -= 1) {
      const child = node * 2 + (Math.floor(code / 2 ** bit) % 2)
      if (bit === 0) children[child] = -1 - symbol
      else {
        if (children[child] === 0) children[child] = nodes++
        node = children[child] ?? 0
      }
    }
  }
  let padding = 0
  for (let depth = 0; depth <= PADDING_BITS_MAX && depth < CODE_BITS_MAX; depth += 1) {
    mayEnd[padding] = 1
    padding = children[padding * 2 + 1] ?? 0
  }
  return { children, mayEnd }
}

function tabulateSteps({ children }: CodeTree): Uint32Array {
  const steps = new Uint32Array(CODE_BITS.length * 16)
  for (let state = 0; state < CODE_BITS.length; state += 1) {
    for (let nibble = 0; nibble < 16; nibble += 1) steps[state * 16 + nibble] = walk(children, state, nibble)
  }
  return steps
}

function walk(children: Int32Array, state: number, nibble: number): number {
  let node = state
  let emitted = 0
  for (let bit = 3; bit >= 0; bit -= 1) {
    const child = children[node * 2 + ((nibble >> bit) & 1)] ?? 0
    if (child === -1 - EOS) return FAILS
    if (child < 0) {
      emitted = EMITS | (-1 - child)
      node = 0
    } else node = child
  }
  return (node << STATE_SHIFT) | emitted
}

/**
 * Decodes a Huffman string into `into`, which must hold {@link decodedBytesMax} bytes.
 *
 * @returns how many bytes it has, or -1 when it is none: EOS inside, or padding that is too long or not of ones
 */
export function decodeHuffman(bytes: Uint8Array, from: number, to: number, into: Uint8Array): number {
  let state = 0
  let written = 0
  for (let position = from; position < to; position += 1) {
    const byte = bytes[position] ?? 0
    const high = STEPS[state * 16 + (byte >> 4)] ?? FAILS
    if ((high & EMITS) !== 0) into[written++] = high & 0xff
    const low = STEPS[(high >> STATE_SHIFT) * 16 + (byte & 15)] ?? FAILS
    if ((low & EMITS) !== 0) into[written++] = low & 0xff
    if (((high | low) & FAILS) !== 0) return -1
    state = low >> STATE_SHIFT
  }
  return TREE.mayEnd[state] === 1 ? written : -1
}

/** Five bits are the shortest code. */
export function decodedBytesMax(encodedBytes: number): number {
  return Math.floor((encodedBytes * 8) / 5)
}
