import { Command, CommanderError } from 'commander'
import { addBundleVerbs } from '../bundle/commands.ts'
import { addClusterVerbs } from '../cluster/commands.ts'
import { addCompletion } from '../completion/commands.ts'
import { addConfigVerbs } from '../config/commands.ts'
import { addEventVerbs } from '../event/commands.ts'
import { addFederationVerbs } from '../federation/commands.ts'
import { addIntegrationVerbs } from '../integration/commands.ts'
import { addInventoryVerbs } from '../inventory/commands.ts'
import { addLedgerScanVerbs, addScanVerbs } from '../scan/commands.ts'
import { addSessionVerbs } from '../session/commands.ts'
import { addSvidVerbs } from '../svid/commands.ts'
import { addTrustDomainVerbs } from '../trust-domain/commands.ts'
import { addWorkloadVerbs } from '../workload/commands.ts'
import { addNoun, exitCodeOf } from './command.ts'
import { drawingOf, type Context } from './context.ts'
import { EXIT } from './exit.ts'
import { VERSION } from './version.ts'

/** Every command, without the code behind it. */
export function createProgram(context: Context): Command {
  const program = new Command('spirlctl')
  const output = drawingOf(context.stdout, context.env)
  program
    .description(
      'Finds the static secrets that software uses, whose they are and how dangerous they are, and gives it short-lived SPIFFE identities instead.\nNo secret value that it finds ever leaves this process.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError(true)
    .showHelpAfterError('\nRun it with --help to see what it takes.')
    .configureHelp({ showGlobalOptions: false, helpWidth: output.width })
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      getOutHasColors: () => output.color,
      getErrHasColors: () => drawingOf(context.stderr, context.env).color,
    })
    .addHelpText('after', '\nStart here:\n  $ spirlctl scan kubernetes\n')
  addScanVerbs(addNoun(program, 'scan', 'look for static secrets, without any server', ['spirlctl scan kubernetes']), context)
  const ledger = addNoun(program, 'ledger', 'the inventory of a control plane', ['spirlctl ledger secret list'])
  addIntegrationVerbs(addNoun(ledger, 'integration', 'clusters whose scanners may send scans', ['spirlctl ledger integration list']), context)
  addInventoryVerbs(ledger, context)
  addLedgerScanVerbs(addNoun(ledger, 'scan', 'scans that the control plane has received', ['spirlctl ledger scan list']), context)
  addMintNouns(program, context)
  addSessionVerbs(program, context)
  addCompletion(program, context)
  inheritSettings(program)
  return program
}

/** Nouns of the part that issues identities. */
function addMintNouns(program: Command, context: Context): void {
  addTrustDomainVerbs(addNoun(program, 'trust-domain', 'trust domains, their keysets and realms', ['spirlctl trust-domain info']), context)
  addClusterVerbs(
    addNoun(program, 'cluster', 'clusters and machines whose workloads get identities', ['spirlctl cluster register laptop --platform linux']),
    context,
  )
  addConfigVerbs(addNoun(program, 'config', 'managed configuration: attestation, redaction, issuance policy', ['spirlctl config get org']), context)
  addFederationVerbs(addNoun(program, 'federation', 'foreign trust domains that workloads trust', ['spirlctl federation list']), context)
  addWorkloadVerbs(addNoun(program, 'workload', 'SPIFFE IDs that were issued', ['spirlctl workload list']), context)
  addEventVerbs(addNoun(program, 'event', 'what was issued, refused and changed', ['spirlctl event list --outcome failure']), context)
  addSvidVerbs(addNoun(program, 'svid', 'identities: mint, fetch, inspect, validate', ['spirlctl svid fetch x509']), context)
  addBundleVerbs(addNoun(program, 'bundle', 'what verifies SVIDs', ['spirlctl bundle get']), context)
}

/** Runs a command line. Errors of the command itself are thrown; a wrong command line is explained and answered with its exit code. */
export async function runProgram(context: Context, argv: readonly string[]): Promise<number> {
  const program = createProgram(context)
  if (argv.length === 0) {
    program.outputHelp()
    return EXIT.done
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? EXIT.done : EXIT.usage
  }
  return exitCodeOf(program)
}

/** Commander copies settings when a command is made; nouns and verbs were made by others, so they are copied once more, to all. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command)
    inheritSettings(child)
  }
}
