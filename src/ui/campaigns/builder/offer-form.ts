import { type OFFER_BASES, type Offer, offerSchema, RFM_GROUPS } from "@/server/campaigns/schema";

type RfmGroup = (typeof RFM_GROUPS)[number];
type OfferBase = (typeof OFFER_BASES)[number];

export const OFFER_TYPES = ["fixed", "variable", "rfm", "spendTiers", "arms", "none"] as const;
export type OfferType = (typeof OFFER_TYPES)[number];

/** One line of a list; the key stays with it while lines come and go. */
export type TierLine = { key: string; from: string; amount: string };
export type ArmLine = { key: string; amount: string; weight: string };

/**
 * The offer as it is typed: amounts are minor units in text, "" while empty. All kinds are kept side by side, so that looking at another
 * kind does not throw away what was entered.
 */
export type OfferForm = {
  type: OfferType;
  variable: { base: OfferBase; windowDays: string; bps: number | null; step: string; min: string; max: string };
  rfm: { amounts: Record<RfmGroup, string>; otherwise: string };
  spendTiers: { windowDays: string; tiers: TierLine[] };
  arms: ArmLine[];
};

/** The window `spend` is counted in until somebody says otherwise: a year. */
const YEAR = "365";

let lines = 0;
/** Identity of a line within this page. */
export const lineKey = (): string => `line${++lines}`;

const text = (minor: bigint | null | undefined): string => (minor === null || minor === undefined || minor === 0n ? "" : minor.toString());

const noAmounts = (): Record<RfmGroup, string> => ({
  LOYAL: "",
  POTENTIAL_LOYAL: "",
  NEW: "",
  ABOUT_TO_SLEEP: "",
  LOYAL_AT_RISK: "",
  SLEEPERS: "",
});

/** Starting values of the kinds that are not in use: whole, plausible amounts, so that a kind can be tried with one click. */
const emptyForm = (): OfferForm => ({
  type: "fixed",
  variable: { base: "lastOrder", windowDays: YEAR, bps: 1_000, step: "100", min: "300", max: "2500" },
  rfm: { amounts: noAmounts(), otherwise: "" },
  spendTiers: {
    windowDays: YEAR,
    tiers: [
      { key: lineKey(), from: "0", amount: "500" },
      { key: lineKey(), from: "20000", amount: "1000" },
    ],
  },
  arms: ["500", "1000", "1500"].map((amount) => ({ key: lineKey(), amount, weight: "1" })),
});

export function formOf(offer: Offer | null): OfferForm {
  const form = emptyForm();
  if (!offer) return form;
  switch (offer.type) {
    case "none":
      return { ...form, type: "none" };
    case "fixed":
      return form;
    case "variable": {
      const { base, windowDays, bps, step, min, max } = offer;
      return {
        ...form,
        type: "variable",
        variable: {
          base,
          windowDays: windowDays === null ? "" : String(windowDays),
          bps,
          step: text(step),
          min: text(min),
          max: text(max),
        },
      };
    }
    case "rfm": {
      const amounts = noAmounts();
      for (const group of RFM_GROUPS) amounts[group] = text(offer.amounts[group]);
      return { ...form, type: "rfm", rfm: { amounts, otherwise: text(offer.otherwise) } };
    }
    case "spendTiers": {
      const tiers = offer.tiers.map((tier) => ({ key: lineKey(), from: tier.from.toString(), amount: tier.amount.toString() }));
      return { ...form, type: "spendTiers", spendTiers: { windowDays: offer.windowDays === null ? "" : String(offer.windowDays), tiers } };
    }
    case "arms":
      return {
        ...form,
        type: "arms",
        arms: offer.arms.map((arm) => ({ key: lineKey(), amount: arm.amount.toString(), weight: String(arm.weight) })),
      };
  }
}

const orZero = (minor: string): string => (minor === "" ? "0" : minor);
const days = (entry: string): number | null => (entry.trim() === "" ? null : Number(entry));

/** The same as the schema reads it, with what was typed. */
function rawOf(form: OfferForm): unknown {
  switch (form.type) {
    case "none":
    case "fixed":
      return { type: form.type };
    case "variable": {
      const { base, windowDays, bps, step, min, max } = form.variable;
      return {
        type: "variable",
        base,
        windowDays: base === "spend" ? days(windowDays) : null,
        bps,
        step: step === "" ? "1" : step,
        min: orZero(min),
        max: max === "" ? null : max,
      };
    }
    case "rfm": {
      const amounts = Object.fromEntries(Object.entries(form.rfm.amounts).map(([group, amount]) => [group, orZero(amount)]));
      return { type: "rfm", amounts, otherwise: orZero(form.rfm.otherwise) };
    }
    case "spendTiers": {
      const tiers = form.spendTiers.tiers.map(({ from, amount }) => ({ from: orZero(from), amount: orZero(amount) }));
      return { type: "spendTiers", windowDays: days(form.spendTiers.windowDays), tiers };
    }
    case "arms":
      return { type: "arms", arms: form.arms.map(({ amount, weight }) => ({ amount, weight: Number(weight) })) };
  }
}

/** Keys of `campaigns.credit.wrong`. */
export type OfferProblem = "incomplete" | "order" | "bounds";

/** What would be saved, or why it cannot be yet. */
export function offerOf(form: OfferForm): { offer: Offer } | { wrong: OfferProblem } {
  const parsed = offerSchema.safeParse(rawOf(form));
  if (parsed.success) return { offer: parsed.data };
  const messages = parsed.error.issues.map((issue) => issue.message);
  if (messages.includes("borders must rise")) return { wrong: "order" };
  return { wrong: messages.includes("max below min") ? "bounds" : "incomplete" };
}
