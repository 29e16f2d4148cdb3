import { UserError } from '@mintmark/ledger/model'

/** The command line is wrong: exit code 2. */
export class UsageError extends UserError {
  constructor(happened: string, remedy: string) {
    super('usage', happened, remedy)
    this.name = 'UsageError'
  }
}
