/** What collects single wishes into requests. */
export interface Batcher<Item, Result> {
  /** The answer to one item, or the failure of the request it travelled in. */
  readonly submit: (item: Item) => Promise<Result>
}

/** How much is collected, and how many requests are under way at once. */
export interface BatchLimits {
  readonly itemsMax: number
  readonly requestsMax: number
  /** How long an item waits for company while another request is under way, in milliseconds; the first of a calm moment does not wait. */
  readonly windowMs: number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Coalesces concurrent calls. An item that comes alone leaves in the same turn of the event loop; while requests are under way, items
 * gather until the window ends or a request is full. So a lone caller pays nothing, and a thousand callers make a handful of requests.
 */
export function createBatcher<Item, Result>(
  limits: BatchLimits,
  send: (items: readonly Item[]) => Promise<readonly Result[]>,
  later: (ms: number, run: () => void) => void,
): Batcher<Item, Result> {
  let waiting: Waiting<Item, Result>[] = []
  let underWay = 0
  let isPlanned = false

  function plan(): void {
    if (isPlanned || waiting.length === 0 || underWay >= limits.requestsMax) return
    isPlanned = true
    if (underWay === 0 || waiting.length >= limits.itemsMax) setImmediate(flush)
    else later(limits.windowMs, flush)
  }
  function flush(): void {
    isPlanned = false
    const batch = waiting.slice(0, limits.itemsMax)
    if (batch.length === 0) return
    waiting = waiting.slice(limits.itemsMax)
    underWay += 1
    void deliver(batch).finally(() => {
      underWay -= 1
      plan()
    })
    plan()
  }
  async function deliver(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await send(batch.map(({ item }) => item))
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index]
        if (result === undefined) reject(new Error('The server answered fewer items than it was asked.'))
        else resolve(result)
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
  return {
    submit: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        plan()
      }),
  }
}
