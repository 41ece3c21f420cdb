import { z } from "zod";

export const personSchema = z.object({ customerId: z.uuid() });

export const eraseSchema = personSchema.extend({
  /** Credit that is left stays under the customer's number. Whoever erases has to say that this was seen (domain.md 4.5). */
  keepCredit: z.boolean().default(false),
});

/** What erasing a customer would mean now. */
export type ErasePreview = {
  externalId: string;
  /** What takes the place of the shop's number where that is an e-mail address; null when it stays. */
  newNumber: string | null;
  /** Per unit with any: what can be spent now, later, or is reserved for a checkout. */
  credit: { unit: string; amount: bigint }[];
  /** Left or objected: that stays known of the address, as a hash. */
  staysSuppressed: boolean;
};
