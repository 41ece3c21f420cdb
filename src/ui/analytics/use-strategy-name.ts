import { useMessages } from "next-intl";
import { z } from "zod";

/** The two places that name strategies: short names for campaigns, titles of segment templates (groups and forecasts among them). */
const texts = z.object({
  campaigns: z.object({ strategyNames: z.record(z.string(), z.string()) }),
  segments: z.object({ strategies: z.record(z.string(), z.object({ title: z.string() })) }),
});

/** The name of a strategy by its key, which may be one that this version does not know any more: then the key itself. */
export function useStrategyName(): (key: string) => string {
  const parsed = texts.safeParse(useMessages());
  return (key) =>
    (parsed.success ? (parsed.data.campaigns.strategyNames[key] ?? parsed.data.segments.strategies[key]?.title) : undefined) ?? key;
}
