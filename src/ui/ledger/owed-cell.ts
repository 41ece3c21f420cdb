import { createParser } from "nuqs";
import { type OwedFilter, owedFilterSchema } from "@/server/ledger/schema";

/** A cell in the URL, so that what somebody looks at can be shared: `EUR~2026-03~unpaid`, `EUR~30d`, `EUR`. */
export const owedCellParser = createParser<OwedFilter>({
  parse(text) {
    const [unit, bucket, origin] = text.split("~");
    const days = /^(\d+)d$/.exec(bucket ?? "")?.[1];
    const parsed = owedFilterSchema.safeParse({
      unit,
      bucket: days ? null : bucket || null,
      origin: origin || null,
      withinDays: days ? Number(days) : null,
    });
    return parsed.success ? parsed.data : null;
  },
  serialize({ unit, bucket, origin, withinDays }) {
    const parts = [unit, withinDays ? `${withinDays}d` : (bucket ?? ""), origin ?? ""];
    while (parts.at(-1) === "") parts.pop();
    return parts.join("~");
  },
});
