import { type RawBuilder, sql } from "kysely";
import type { Channel } from "./schema";

/** What keeps a shop's messages back, whoever they are for. */
export type Holds = {
  /** Channels somebody paused, or that no message can leave by at the moment. */
  paused: readonly Channel[];
  /** Too many complained: marketing e-mail waits. */
  stopped: boolean;
  /** The shop's emergency stop: all marketing waits. */
  halted: boolean;
};

/** Everything but marketing e-mail; as the index `message_queued_besides` has it. What the emergency stop lets through is part of it. */
const BESIDES = sql`and (m.category = 'transactional' or m.channel <> 'email')`;

/** Messages that nothing holds back; of paused campaigns none goes. Needs `m` in scope. */
export const notHeld = ({ paused, stopped, halted }: Holds): RawBuilder<unknown> => sql`
  not m.channel = any(${[...paused]}::text[]) ${stopped || halted ? BESIDES : sql``} ${halted ? sql`and m.category = 'transactional'` : sql``}
    and (m.campaign_id is null or not exists (
      select 1 from campaign k left join campaign_message p on p.shop_id = k.shop_id and p.campaign_id = k.id
      where k.shop_id = m.shop_id and k.id = m.campaign_id and (k.status = 'paused' or p.paused_at is not null)))`;
