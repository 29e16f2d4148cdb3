import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** `summary.ts <vitest json report> <exit code of the tests> <exit code of the smoke run>`: the last line of CI, and its exit code. */
const [reportFile = '', testsExit = '1', smokeExit = '1'] = process.argv.slice(2)
const Report = z.object({ numPassedTests: z.int(), numFailedTests: z.int(), numPendingTests: z.int(), numTodoTests: z.int() })

const { passed, failed, skipped } = readCounts()
// A file that cannot even be loaded fails without a failed test; the smoke run counts as one test.
const uncountedFailures = (testsExit !== '0' && failed === 0 ? 1 : 0) + (smokeExit === '0' ? 0 : 1)
const smokePassed = smokeExit === '0' ? 1 : 0
console.log(`${passed + smokePassed} passed, ${failed + uncountedFailures} failed, ${skipped} skipped`)
process.exitCode = failed + uncountedFailures === 0 && passed > 0 ? 0 : 1

function readCounts(): { readonly passed: number; readonly failed: number; readonly skipped: number } {
  try {
    const report = Report.parse(JSON.parse(readFileSync(reportFile, 'utf8')))
    return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests + report.numTodoTests }
  } catch (error) {
    console.error(`The test report could not be read: ${error instanceof Error ? error.message : String(error)}`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}
