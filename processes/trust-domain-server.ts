import { main } from './trust-domain/main.ts'

process.exitCode = await main(process.argv.slice(2), process.env)
