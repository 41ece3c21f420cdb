import { type ClassValue, clsx } from "clsx";
import { extendTailwindMerge } from "tailwind-merge";

/** tailwind-merge does not know our own sizes and would drop `text-2xs` beside a colour. */
const merge = extendTailwindMerge({ extend: { theme: { text: ["2xs"], shadow: ["raised"] } } });

export const cn = (...values: ClassValue[]) => merge(clsx(values));
