import { type Draft, LIMITS, localTimeSchema } from "@/server/campaigns/schema";
import { amountOf, budgetOf, daysOf } from "./money-text";
import { offerOf } from "./offer-form";
import type { EditorValues } from "./values";

/** Fields whose input can be something that is no draft. Keys of `campaigns.unfinished`. */
export type UnfinishedField = Extract<
  keyof Draft,
  "amount" | "offer" | "expiryDays" | "expiryDate" | "terms" | "budget" | "holdoutBps" | "availableLocal" | "endsLocal" | "repeat"
>;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const isTime = (local: string): boolean => local === "" || localTimeSchema.safeParse(local).success;
const isShare = (bps: number | null): boolean => bps !== null && bps >= 0 && bps <= LIMITS.holdoutBps;

/**
 * What the form shows and the draft does not hold, because it is half typed or cannot be. The draft still has what was there before, so that
 * launching it now would launch something nobody sees.
 */
export function unfinished(values: EditorValues): UnfinishedField[] {
  const { offer, repeat } = values;
  const gives = offer.type !== "none";
  const found: Record<UnfinishedField, boolean> = {
    holdoutBps: !isShare(values.holdoutBps),
    amount: offer.type === "fixed" && amountOf(values.amount) === null,
    offer: "wrong" in offerOf(offer),
    expiryDays: gives && values.expiry === "days" && daysOf(values.expiryDays, LIMITS.expiryDays) === null,
    expiryDate: gives && values.expiry === "date" && !DAY.test(values.expiryDate),
    terms: gives && amountOf(values.minOrder) === null,
    budget: gives && budgetOf(values.budget) === undefined,
    availableLocal: !isTime(values.availableLocal),
    repeat: repeat.type === "entry" && repeat.reentryDays !== null && daysOf(values.reentryDays, LIMITS.expiryDays) === null,
    endsLocal: !isTime(values.endsLocal),
  };
  return (Object.keys(found) as UnfinishedField[]).filter((field) => found[field]);
}
