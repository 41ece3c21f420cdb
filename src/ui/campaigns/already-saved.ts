import type { Campaign, Patch } from "./use-autosave";

/** Order of keys and missing against undefined make no difference; amounts are compared as digits. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return part.toString();
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  }) ?? "";

/**
 * Whether a draft holds everything of a change already. A save that was on its way when the page was reloaded arrives all the same; the
 * reloaded page then sends it again for the version before, which is no conflict with anybody.
 */
export function alreadySaved(patch: Patch, campaign: Partial<Campaign>): boolean {
  const { segmentId, ...fields } = patch;
  if (segmentId !== undefined && segmentId !== (campaign.segment?.id ?? null)) return false;
  return (Object.keys(fields) as (keyof typeof fields)[]).every(
    (key) => fields[key] === undefined || text(fields[key]) === text(campaign[key]),
  );
}
