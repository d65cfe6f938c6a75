/*
 * Loaded before the product by `node --expose-gc --import`. Answers each message of the parent with
 * the memory after garbage collection, so that the product needs no part that only tests use.
 */
process.on('message', () => {
  globalThis.gc()
  globalThis.gc() // the first one queues finalizers that free more
  process.send(process.memoryUsage())
})
process.channel?.unref()
