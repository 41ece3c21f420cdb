import { MESSAGE_KINDS } from "@/server/notifications/schema";

/** The key of a kind's name in `messages`; rows of an older version may carry one that is gone. */
export const kindOf = (kind: string) => {
  const known = MESSAGE_KINDS.find((candidate) => candidate === kind);
  return known ? (`kind.${known}` as const) : ("kind.other" as const);
};
