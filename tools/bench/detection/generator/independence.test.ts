import { readFile, readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'

/** Whoever writes the rules must not write the questions: the generator knows formats, never the detector. */
test('the generator imports nothing of the detector, nor of any package', async () => {
  const folder = new URL('.', import.meta.url)
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  expect(files.length).toBeGreaterThan(20)
  for (const name of files) {
    const source = await readFile(new URL(name, folder), 'utf8')
    const imported = [...source.matchAll(/^(?:import|export)\b[^']*\bfrom '([^']+)'/gm)].map((match) => match[1] ?? '')
    expect(
      imported.filter((module) => !module.startsWith('node:') && !module.startsWith('./') && !module.startsWith('../')),
      name,
    ).toEqual([])
    const outside = imported.filter((module) => module.startsWith('.') && !new URL(module, new URL(name, folder)).pathname.startsWith(folder.pathname))
    expect(outside, name).toEqual([])
  }
})

test('no token stands in the generator as text', async () => {
  const folder = new URL('.', import.meta.url)
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'))
  const token =
    /(?:ghp_[A-Za-z0-9]{36}|AKIA[A-Z2-7]{16}(?<!EXAMPLE)|sk_live_[A-Za-z0-9]{24}|xox[bp]-\d{10,}|glpat-[\w-]{20}|-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\n[A-Za-z0-9+/]{40})/
  for (const name of files) expect(token.test(await readFile(new URL(name, folder), 'utf8')), name).toBe(false)
})
