import { isoDateToDay, startOfLocalDay } from "@/server/time";

/** "Valid until 31 December" includes that day: the first instant after it in the shop's zone. Empty is no end. */
export const dayEnd = (day: string, timeZone: string): Date | null =>
  day === "" ? null : startOfLocalDay(isoDateToDay(day) + 1, timeZone);
