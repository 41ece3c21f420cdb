import { formatCalendarDay } from "../format";

/** `2026-03` → „März 2026“. */
export const monthLabel = (month: string, locale: string): string => formatCalendarDay(`${month}-01`, locale).replace(/^1\.?\s/, "");
