/** `work` that runs once at a time: whoever asks while it runs waits for that one. */
export function serial(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work().finally(() => { running = undefined; });
    return running;
  };
}
