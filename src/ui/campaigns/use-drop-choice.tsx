"use client";

import { useLocale, useTranslations } from "next-intl";
import { parseAsString, useQueryState, useQueryStates } from "nuqs";
import { formatDateTime } from "../format";
import { NativeSelect } from "../primitives/select";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Campaign } from "./use-autosave";

/** Pages of the lists that show one date: of another date they mean other people. */
const CURSORS = { person: parseAsString, excluded: parseAsString };

/**
 * Which date of a monthly campaign is looked at; null is all of them, or the newest where only one can be shown. A campaign for whoever enters
 * a segment has a date for nearly every person: nothing to choose from.
 */
export function useDropChoice(campaign: Campaign, onChange?: () => void) {
  const t = useTranslations("campaigns.drops");
  const locale = useLocale();
  const shop = useShop();
  const [wanted, setWanted] = useQueryState("drop", parseAsString);
  const [, setCursors] = useQueryStates(CURSORS);
  const drops = trpc.campaigns.drops.useQuery(
    { shopId: shop.id, id: campaign.id },
    { enabled: campaign.repeat.type === "monthly" && campaign.drops > 1 },
  );
  const released = (drops.data ?? []).filter((drop) => drop.frozenAt !== null);
  const chosen = released.find((drop) => drop.id === wanted) ?? null;
  const choose = (id: string | null) => {
    onChange?.();
    void setCursors(null);
    void setWanted(id);
  };
  return {
    id: chosen?.id ?? null,
    drop: chosen,
    clear: () => choose(null),
    select: (nothing: string) =>
      released.length > 1 && (
        <NativeSelect
          aria-label={t("choose")}
          className="w-64 max-w-full"
          placeholder={nothing}
          options={released.map((drop) => ({
            value: drop.id,
            label: t("option", { no: drop.no, time: formatDateTime(drop.releasedAt ?? drop.runAt, campaign.timeZone, locale) }),
          }))}
          value={chosen?.id ?? ""}
          onChange={(event) => choose(event.target.value || null)}
        />
      ),
  };
}
