import { dayToIsoDate, isoDateToDay } from "@/server/time";

/** `YYYY-MM` of a day, and the month a number of months later. */
export const monthOfDay = (day: string): string => day.slice(0, 7);

export function addMonths(month: string, count: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  const months = year * 12 + (number - 1) + count;
  return `${String(Math.floor(months / 12)).padStart(4, "0")}-${String((months % 12) + 1).padStart(2, "0")}`;
}

/** The weeks a month touches, Monday first, as days of the calendar. */
export function weeksOf(month: string): string[][] {
  const first = isoDateToDay(`${month}-01`);
  const end = isoDateToDay(`${addMonths(month, 1)}-01`);
  // 1970-01-01 was a Thursday: three days after a Monday.
  const start = first - ((((first + 3) % 7) + 7) % 7);
  const weeks: string[][] = [];
  for (let monday = start; monday < end; monday += 7) weeks.push(Array.from({ length: 7 }, (_, index) => dayToIsoDate(monday + index)));
  return weeks;
}
