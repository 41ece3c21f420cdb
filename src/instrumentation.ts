/** Called once per server process, before the first request. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { startWithServer } = await import("./instrumentation-node");
  await startWithServer();
}
