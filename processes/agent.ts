const { runAgent } = await import('./agent/main.ts')
process.exitCode = await runAgent(process.argv.slice(2), process.env)
