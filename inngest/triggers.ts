import { EventType } from "inngest";
import { EVENTS, type EventName } from "@/server/jobs/events";

/** A typed trigger for an event of the catalogue: `triggers: [on("import/uploaded")]` types and checks `event.data`. */
export const on = <N extends EventName>(name: N) => new EventType<N, (typeof EVENTS)[N]>({ name, schema: EVENTS[name] });
