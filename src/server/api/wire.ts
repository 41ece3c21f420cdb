/** Shapes that many endpoints share. */
import { z } from "zod";

/** A positive amount in minor units as a decimal string. JSON numbers are refused: they lose digits above 2^53. */
export const amountIn = z
  .string()
  .regex(/^[1-9]\d{0,17}$/)
  .transform(BigInt)
  .describe("Minor units as a decimal string, greater than 0");

/** A signed amount that is not zero. */
export const signedAmountIn = z
  .string()
  .regex(/^-?[1-9]\d{0,17}$/)
  .transform(BigInt)
  .describe("Minor units as a decimal string, not 0");

/** Zero or more. */
export const amountOrZeroIn = z
  .string()
  .regex(/^\d{1,18}$/)
  .transform(BigInt)
  .describe("Minor units as a decimal string");

export const instantIn = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .describe("ISO 8601 with offset or Z");

export const externalIdIn = z.string().min(1).max(200).describe("The shop's own id");

/** Query parameters of a list. */
export const pageQuery = { cursor: z.string().min(1).max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) };

/** One page of a list; `nextCursor` is null on the last one. */
export const pageOf = <S extends z.ZodType>(item: S) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });
