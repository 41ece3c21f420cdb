"use client";

import { useLocale, useTranslations } from "next-intl";
import { z } from "zod";
import {
  localTimeSchema,
  messageTextsSchema,
  type Offer,
  offerSchema,
  type Repeat,
  RFM_GROUPS,
  repeatSchema,
  type Terms,
  termsSchema,
} from "@/server/campaigns/schema";
import { channelSchema } from "@/server/notifications/schema";
import { formatBasisPoints, formatCalendarDay, formatList, formatMoney } from "../format";

/** An offer in one line: "10 % of the last order, 3 € to 25 €". */
export function useOfferText(unit: string): (offer: Offer, amount: bigint) => string {
  const t = useTranslations("campaigns.text");
  const g = useTranslations("campaigns.credit.groups");
  const b = useTranslations("campaigns.strategy.bases");
  const locale = useLocale();
  const money = (minor: bigint) => formatMoney(minor, unit, locale);
  return (offer, amount) => {
    switch (offer.type) {
      case "none":
        return t("none");
      case "fixed":
        return money(amount);
      case "variable": {
        const share = t("share", { share: formatBasisPoints(offer.bps, locale), base: b(offer.base) });
        const bounds = [
          offer.min > 0n ? t("atLeast", { amount: money(offer.min) }) : null,
          offer.max !== null ? t("atMost", { amount: money(offer.max) }) : null,
        ].filter((part) => part !== null);
        return [share, ...bounds].join(", ");
      }
      case "rfm":
        return formatList(
          RFM_GROUPS.flatMap((group) => {
            const value = offer.amounts[group] ?? 0n;
            return value > 0n ? [`${g(`${group}.name`)} ${money(value)}`] : [];
          }),
          locale,
        );
      case "spendTiers":
        return offer.tiers.map((tier) => t("tier", { from: money(tier.from), amount: money(tier.amount) })).join("; ");
      case "arms":
        return t("arms", {
          amounts: formatList(
            offer.arms.map((arm) => money(arm.amount)),
            locale,
            "disjunction",
          ),
        });
    }
  };
}

export function useTermsText(unit: string): (terms: Terms | null) => string {
  const t = useTranslations("campaigns.text");
  const locale = useLocale();
  const size = (refs: Terms["include"]) => (refs ? refs.products.length + refs.collections.length : 0);
  return (terms) => {
    if (!terms) return t("noTerms");
    const parts = [
      terms.minOrder !== null ? t("minOrder", { amount: formatMoney(terms.minOrder, unit, locale) }) : null,
      size(terms.include) > 0 ? t("include", { count: size(terms.include) }) : null,
      size(terms.exclude) > 0 ? t("exclude", { count: size(terms.exclude) }) : null,
      terms.firstOrderOnly ? t("firstOrderOnly") : null,
      terms.noDiscounts ? t("noDiscounts") : null,
    ].filter((part) => part !== null);
    return parts.length > 0 ? parts.join("; ") : t("noTerms");
  };
}

export function useRepeatText(): (repeat: Repeat) => string {
  const t = useTranslations("campaigns.text");
  const s = useTranslations("campaigns.schedule");
  return (repeat) => {
    if (repeat.type === "none") return s("once");
    if (repeat.type === "monthly") return s("everyMonths", { months: repeat.every });
    return repeat.reentryDays === null ? t("entryOnce") : t("entryAgain", { days: repeat.reentryDays });
  };
}

/** A wall time as it was chosen; it belongs to no zone here. */
export function localText(local: string, locale: string): string {
  return `${formatCalendarDay(local, locale)}, ${local.slice(11, 16)}`;
}

const wayOfMessage = z.object({ channel: channelSchema, templateId: z.string().nullable() });

/** One field of a draft, read from the JSON of an approval, as a person would say it. */
export function useFieldText(unit: string): (field: string, value: unknown) => string {
  const t = useTranslations("campaigns.text");
  const c = useTranslations("campaigns.sending.channels");
  const locale = useLocale();
  const offer = useOfferText(unit);
  const terms = useTermsText(unit);
  const repeat = useRepeatText();
  const plain = (value: unknown): string => {
    if (value === null || value === undefined || value === "") return "–";
    if (typeof value === "boolean") return value ? t("yes") : t("no");
    return typeof value === "string" || typeof value === "number" || typeof value === "bigint" ? String(value) : JSON.stringify(value);
  };
  const money = (value: unknown) => (/^\d{1,18}$/.test(plain(value)) ? formatMoney(BigInt(plain(value)), unit, locale) : plain(value));
  return (field, value) => {
    switch (field) {
      case "amount":
      case "budget":
      case "cost":
        return money(value);
      case "holdoutBps":
        return typeof value === "number" ? formatBasisPoints(value, locale) : plain(value);
      case "offer": {
        const parsed = offerSchema.safeParse(value);
        return parsed.success ? (parsed.data.type === "fixed" ? t("fixed") : offer(parsed.data, 0n)) : plain(value);
      }
      case "terms": {
        const parsed = termsSchema.nullable().safeParse(value);
        return parsed.success ? terms(parsed.data) : plain(value);
      }
      case "repeat": {
        const parsed = repeatSchema.safeParse(value);
        return parsed.success ? repeat(parsed.data) : plain(value);
      }
      case "availableLocal":
      case "endsLocal": {
        const parsed = localTimeSchema.safeParse(value);
        return parsed.success ? localText(parsed.data, locale) : plain(value);
      }
      case "expiryDate":
        return typeof value === "string" ? formatCalendarDay(value, locale) : plain(value);
      case "messageTexts":
        return textsOf(value) ?? plain(value);
      case "message": {
        const parsed = wayOfMessage.nullable().safeParse(value);
        if (!parsed.success) return plain(value);
        const { channel, templateId } = parsed.data ?? { channel: "email", templateId: null };
        return t("message", { channel: c(channel), hasTemplate: String(templateId !== null) });
      }
      default:
        return plain(value);
    }
  };
}

/** Subjects and bodies one below the other; null when it is something else. */
function textsOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return null;
  // An approval says null for a language that was not written.
  const parsed = messageTextsSchema.safeParse(Object.fromEntries(Object.entries(value).filter(([, text]) => text !== null)));
  if (!parsed.success) return null;
  return Object.entries(parsed.data)
    .flatMap(([language, text]) => (text ? [`${language}: ${text.subject}\n${text.body}`] : []))
    .join("\n\n");
}
