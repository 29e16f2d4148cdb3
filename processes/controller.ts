import { main } from './controller/main.ts'

process.exitCode = await main(process.argv.slice(2))
