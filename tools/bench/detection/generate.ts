import { parseArgs } from 'node:util'
import { writeCorpus } from './generator/index.ts'

const HELP = `Writes a corpus of Kubernetes API objects with planted credentials and its exact truth.

Usage: node tools/bench/detection/generate.ts --out DIR [--seed S] [--objects N]

  --out DIR      folder for objects.ndjson, manifests/ and truth.ndjson
  --seed S       same seed, same corpus (default: mintmark)
  --objects N    at least so many objects (default: 1000)

Example: node tools/bench/detection/generate.ts --seed 7 --objects 3000 --out /tmp/corpus
`

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: 'mintmark' },
    objects: { type: 'string', default: '1000' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const count = Number(values.objects)
if (values.help) process.stdout.write(HELP)
else if (values.out === undefined || !Number.isInteger(count) || count < 1) {
  process.stderr.write(`--out must name a folder and --objects must be a whole number above 0.\n\n${HELP}`)
  process.exitCode = 2
} else {
  const files = await writeCorpus(values.seed, count, values.out)
  process.stdout.write(`${files.objectCount} objects and ${files.rowCount} truth rows of seed ${values.seed} are in ${values.out}\n`)
}
