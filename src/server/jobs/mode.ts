/** Who runs background functions: the engine in this process, an Inngest dev server, or Inngest itself (cloud or self-hosted). */
export type JobsMode = "embedded" | "dev" | "cloud";

const OFF = new Set(["", "0", "false"]);

/** Follows the environment exactly as the SDK reads it. Takes it as an argument, because a build has no validated environment. */
export function jobsMode(environment: Readonly<Record<string, string | undefined>> = process.env): JobsMode {
  if (!OFF.has(environment.INNGEST_DEV ?? "")) return "dev";
  return environment.INNGEST_EVENT_KEY || environment.INNGEST_SIGNING_KEY ? "cloud" : "embedded";
}

/** Where a person finds the runs when they are not ours to show; null in embedded mode. */
export function inngestConsoleUrl(environment: Readonly<Record<string, string | undefined>> = process.env): string | null {
  const mode = jobsMode(environment);
  if (mode === "embedded") return null;
  if (environment.INNGEST_BASE_URL) return environment.INNGEST_BASE_URL;
  if (mode === "cloud") return "https://app.inngest.com";
  const dev = environment.INNGEST_DEV ?? "";
  return URL.canParse(dev) ? dev : "http://localhost:8288";
}
