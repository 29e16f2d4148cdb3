/** Settles at the first SIGINT or SIGTERM; a second one ends the process as usual. */
export async function listenForSignals(): Promise<void> {
  // The listener of a signal does not keep a process alive; a timer does.
  const alive = setInterval(() => undefined, 60_000)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  clearInterval(alive)
}
