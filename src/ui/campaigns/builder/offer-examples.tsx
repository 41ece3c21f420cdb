"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useErrorText } from "../../error-text";
import { Skeleton } from "../../primitives/skeleton";
import { Money } from "../../primitives/values";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import type { OfferType } from "./offer-form";

type OfferExamplesProps = { draftId: string; offer: Exclude<OfferType, "none">; unit: string };

/** What three real people of the audience would get by the rule as it stands. */
export function OfferExamples({ draftId, offer, unit }: OfferExamplesProps) {
  const t = useTranslations("campaigns.examples");
  const c = useTranslations("campaigns.credit.groups");
  const shop = useShop();
  const errorText = useErrorText();
  const enabled = offer !== "fixed";
  const examples = trpc.campaigns.offerExamples.useQuery(
    { shopId: shop.id, id: draftId },
    { enabled, placeholderData: keepPreviousData, retry: false },
  );
  if (!enabled) return null;
  if (examples.error) return <p className="text-muted text-sm">{errorText(examples.error)}</p>;
  if (!examples.data) return <Skeleton className="h-24 w-full" />;
  if (examples.data.length === 0) return <p className="text-muted text-sm">{t("none")}</p>;
  return (
    <div className="flex flex-col gap-1">
      <h3 className="font-medium text-sm">{t("title")}</h3>
      <ul aria-busy={examples.isFetching || undefined} className="divide-y divide-line rounded-lg border border-line bg-surface text-sm">
        {examples.data.map((person, index) => (
          <li key={person.customerId} className="flex items-center justify-between gap-4 px-3 py-2">
            <span className="min-w-0">
              <span className="block truncate font-medium">{person.name ?? t("anonymous", { number: index + 1 })}</span>
              <span className="block text-muted text-xs">
                {person.group !== null && c(`${person.group}.name`)}
                {person.basis !== null && (
                  <>
                    {person.group !== null && " · "}
                    {t(`basis.${offer}`)} <Money minor={person.basis} unit={unit} />
                  </>
                )}
              </span>
            </span>
            <span className="shrink-0 text-right font-semibold">
              {person.amount > 0n ? (
                <Money minor={person.amount} unit={unit} />
              ) : (
                <span className="font-normal text-muted">{t("nothing")}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
