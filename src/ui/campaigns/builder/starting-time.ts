import { instantToLocal } from "@/server/time";

const DAY_MS = 86_400_000;

/** Ten in the morning of the next day in the shop's zone: a time at which nobody is woken and a mistake can still be taken back. */
export const tomorrowAtTen = (now: Date, zone: string): string =>
  `${instantToLocal(new Date(now.getTime() + DAY_MS), zone).slice(0, 10)}T10:00`;
