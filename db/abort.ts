/**
 * Does the work, but rejects with the reason of the signal as soon as it is aborted. The work then
 * continues in the background, and its outcome is ignored.
 */
export async function orAbort<T>(
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    void work()
      .then(resolve, reject)
      .finally(() => signal?.removeEventListener('abort', abort))
  })
}
