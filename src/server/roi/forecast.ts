import type { KeptResult } from "./results";
import type { Estimate } from "./schema";
import { pool } from "./statistics/pooling";

/** What campaigns of this shop earned per unit of credit they granted, as it may be expected of one more. */
export type Forecast = { perGranted: { value: number; low: number; high: number }; campaigns: number; sameKind: boolean };

/** What is asked about: a draft that has no result of its own yet. */
export type Asked = { campaignId: string; strategy: string | null; unit: string };

type Study = { estimate: number; variance: number };

/**
 * The profit of one campaign per unit granted, with its sampling variance. In proportion to the credit, because a draft may give more or
 * less of it than those before; null when nothing was measured or the result is not final: the credit of a running campaign has hardly
 * cost anything yet.
 */
function studyOf({ result }: KeptResult): Study | null {
  const { profitPerPerson, profitStandardError, people, granted, preliminary } = result;
  if (preliminary || !profitPerPerson || !profitStandardError || granted <= 0n) return null;
  const perUnit = people / Number(granted);
  return { estimate: Number(profitPerPerson.value) * perUnit, variance: (profitStandardError * perUnit) ** 2 };
}

/**
 * The pooled result of earlier campaigns of the same strategy, if there are enough of them, else of all campaigns of the shop; null when
 * neither can be pooled (fewer than three, domain.md 2.2, 13). The range is that of one further campaign, not of the mean: how much
 * campaigns differ among themselves is in it.
 */
export function forecast(results: readonly KeptResult[], asked: Asked): Forecast | null {
  const own = results.filter((row) => row.result.unit === asked.unit && row.campaignId !== asked.campaignId);
  const same = asked.strategy === null ? [] : own.filter((row) => row.strategy === asked.strategy);
  for (const [rows, sameKind] of [
    [same, true],
    [own, false],
  ] as const) {
    const pooled = pool(rows.flatMap((row) => studyOf(row) ?? []));
    if (pooled.status === "ok") return { perGranted: { value: pooled.mean, ...pooled.next }, campaigns: pooled.studies, sameKind };
  }
  return null;
}

/** The forecast in money, for a draft that would grant so much. Minor units. */
export function scaled({ perGranted }: Forecast, granted: bigint): Estimate {
  const money = (share: number): bigint => BigInt(Math.round(share * Number(granted)));
  return { value: money(perGranted.value), low: money(perGranted.low), high: money(perGranted.high) };
}
