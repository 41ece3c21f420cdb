import type pg from "pg";
import { withTenantSession } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { LocalDays } from "@/server/time";
import { BuyerTally } from "./buyer-tally";
import { copyAcross, copyParts } from "./copy-rows";
import { ORDER, type OrderBatch } from "./order-batch";

const STAGE = `
-- Without statistics a merge would be chosen, and its sort would lose the order of the rows.
set local enable_mergejoin = off;
set local enable_nestloop = off;
create temp table stage_buyer (customer int4, product uuid, first_day int4, last_day int4, orders int4, quantity int8) on commit drop;
create temp table fresh (no int4, id uuid) on commit drop`;
const STAGE_BUYER = "stage_buyer (customer, product, first_day, last_day, orders, quantity)";
const COLUMNS = "org_id, shop_id, product_id, customer_id, first_day, last_day, orders, quantity";
/** In the order in which the rows came, which is that of the key. */
const INSERT_ONCE = `
insert into product_buyer (${COLUMNS})
select (select app_org()), (select app_shop()), b.product, f.id, b.first_day, b.last_day, b.orders, b.quantity
from stage_buyer b join fresh f on f.no = b.customer`;
/** The table of a large file was emptied on the way: a pair may be there several times. */
const INSERT_SUMMED = `
insert into product_buyer (${COLUMNS})
select (select app_org()), (select app_shop()), b.product, f.id, min(b.first_day), max(b.last_day), sum(b.orders), sum(b.quantity)
from stage_buyer b join fresh f on f.no = b.customer group by b.product, f.id order by b.product, f.id`;

/**
 * Whose purchases may be written from the tally: people this very import adds, whose orders are all new, each in one piece, counted as the
 * tally counted them. All others are computed from their stored lines (customers/buyers.ts). Chosen before the orders are gathered, so that
 * writing begins with them; an order that somebody else writes in between is met there (orders_unforeseen in merge-orders.ts).
 */
const FRESH = `
insert into merge_fresh (no, id)
with other as materialized (
  select ref from stage_piece where kind = 0 group by ref having count(*) > 1 or bool_or(status in ('cancelled', 'pending'))
  union all
  select p.ref from stage_piece p
  cross join lateral (select from shop_order o where o.shop_id = (select app_shop()) and o.external_id = p.ref limit 1) o
  where p.kind = 0),
piece as materialized (select p.customer from other o join stage_piece p on p.kind = 0 and p.ref = o.ref),
known as materialized (select distinct c.id from piece p join merge_customer_no c on c.no = p.customer)
select max(n.no), n.id from merge_customer_no n join merge_new w on w.id = n.id
where not exists (select from known k where k.id = n.id)
group by n.id having count(*) = 1`;

class NotWanted extends Error {}

/**
 * Writes who bought what, for the people an import adds, on a connection of its own while the import's connection writes the orders: one
 * server process is busy with either for as long. Its transaction is committed just before the import's. What it wrote says something
 * about people whom nobody sees until the import is committed, because every reader starts from the customers' own rows; and if the import
 * fails then, their ids never come back, and the nightly repair takes the rows away.
 */
export class BuyerLoader {
  private tally: BuyerTally | null = null;
  private readonly days: LocalDays;
  private spills = 0;
  private session: { client: Promise<pg.PoolClient>; end: (commit: boolean) => void; ended: Promise<void> } | null = null;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly ctx: ShopContext,
    timeZone: string,
    /** Products' ids by their numbers in the file; the loader of the orders keeps it. */
    private readonly productIds: readonly (Uint8Array | undefined)[],
  ) {
    this.days = new LocalDays(timeZone);
  }

  /** Counts the lines of a batch whose products have been resolved, and gives its orders their days. */
  async take(batch: OrderBatch): Promise<void> {
    for (const piece of batch.pieces) {
      piece.day = this.days.of(piece.at);
      if (piece.kind !== ORDER || piece.customer === 0) continue;
      for (let line = piece.from; line < piece.from + piece.lines; line++) {
        const product = batch.counts[line] ? batch.products[line] : null;
        if (!product?.no) continue;
        this.tally ??= new BuyerTally();
        this.tally.add(product.no, piece.customer, piece.no, piece.day, batch.quantities[line] ?? 0);
      }
      // Between orders, because an order whose lines lie on both sides would be counted twice.
      if (this.tally?.full) await this.spill(this.tally);
    }
  }

  /** Brings what was counted into its order: a moment's work, to be done while the database is busy, because `send` begins with it. */
  sort(): void {
    this.tally?.sort(this.productIds);
  }

  /** Sends what was counted, while the import goes on; `write` waits for it. */
  send(): void {
    const { tally } = this;
    if (!tally) return;
    this.tally = null;
    this.work = this.spill(tally);
    // Met in `write` or `commit`; without this, Node would end the process before.
    this.work.catch(() => {});
  }

  /** Chooses the people and starts writing their rows; `commit` waits for it. `client` is the import's connection, after its people are numbered. */
  async write(client: pg.PoolClient): Promise<void> {
    if (!this.session) return;
    await client.query(FRESH);
    await this.work;
    const own = await this.session.client;
    await copyAcross({ client, table: "merge_fresh" }, { client: own, table: "fresh" });
    this.work = own.query(this.spills > 1 ? INSERT_SUMMED : INSERT_ONCE).then(() => {});
    this.work.catch(() => {});
  }

  /** Waits for the rows and commits them. */
  async commit(): Promise<void> {
    if (!this.session) return;
    await this.work;
    this.session.end(true);
    await this.session.ended;
  }

  /** Gives up what was written; never throws, because it follows another error. */
  async abort(): Promise<void> {
    if (!this.session) return;
    await this.work.catch(() => {});
    this.session.end(false);
    await this.session.ended.catch(() => {});
  }

  private async spill(tally: BuyerTally): Promise<void> {
    const client = await this.open();
    this.spills++;
    await copyParts(client, STAGE_BUYER, tally.drain(this.productIds));
  }

  private open(): Promise<pg.PoolClient> {
    if (this.session) return this.session.client;
    let end: (commit: boolean) => void = () => {};
    const decided = new Promise<boolean>((resolve) => {
      end = resolve;
    });
    let ended: Promise<void> = Promise.resolve();
    const client = new Promise<pg.PoolClient>((resolve, reject) => {
      ended = withTenantSession(
        this.ctx,
        async (handle) => {
          await handle.client.query(STAGE);
          resolve(handle.client);
          if (!(await decided)) throw new NotWanted("the file was not taken");
        },
        { temp_buffers: "32MB", work_mem: "64MB" },
      );
      ended.catch(reject);
    });
    client.catch(() => {});
    this.session = { client, end, ended };
    return client;
  }
}
