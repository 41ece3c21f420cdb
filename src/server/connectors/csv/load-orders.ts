import type pg from "pg";
import { CopyBuffer } from "./copy-buffer";
import { copyRows } from "./copy-rows";
import type { BuyerLoader } from "./load-buyers";
import { type OrderBatch, STAGE_CUSTOMER, STAGE_PIECE, type StagedProduct, writePieces } from "./order-batch";
import { MERGE_PRODUCTS } from "./stage-tables";

const MAX_QUERY_ITEMS = 10_000;

/** The products of a file, numbered from 1 in the order in which they were met. */
export class ProductNumbers {
  readonly ids: (Uint8Array | undefined)[] = [undefined];
  private readonly numbers = new Map<string, number>();

  get size(): number {
    return this.numbers.size;
  }

  number(ref: string, id: Uint8Array): number {
    const known = this.numbers.get(ref);
    if (known !== undefined) return known;
    const next = this.ids.length;
    this.numbers.set(ref, next);
    this.ids.push(id);
    return next;
  }
}

/** Sends batches of an order file into the staging tables; new products are stored on the way, because lines refer to them by id. */
export class OrderLoader {
  productsNew = 0;
  private readonly pieces = new CopyBuffer(1024 * 1024);

  constructor(
    private readonly client: pg.PoolClient,
    readonly products: ProductNumbers,
    private readonly buyers: BuyerLoader,
  ) {}

  async send(batch: OrderBatch): Promise<void> {
    if (batch.empty) return;
    for (let from = 0; from < batch.newProducts.length; from += MAX_QUERY_ITEMS)
      await this.resolve(batch.newProducts.slice(from, from + MAX_QUERY_ITEMS));
    await copyRows(this.client, STAGE_CUSTOMER, batch.people);
    await this.buyers.take(batch);
    writePieces(batch, this.pieces);
    await copyRows(this.client, STAGE_PIECE, this.pieces);
  }

  private async resolve(products: readonly StagedProduct[]): Promise<void> {
    // Sorted, so that two imports that run at once lock the same products in the same order.
    const sorted = [...products].sort((a, b) => (a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0));
    const values = (some: readonly StagedProduct[]) => [some.map(({ ref }) => ref), some.map(({ title }) => title)];
    const added = await this.client.query<{ ref: string; id: Buffer }>(MERGE_PRODUCTS.insert, values(sorted));
    this.productsNew += added.rows.length;
    const ids = new Map(added.rows.map((row) => [row.ref, row.id]));
    // Known before, or named twice here, first without a title. In a first import there is hardly any: two questions less per batch.
    const rest = sorted.filter(({ ref }, at) => !ids.has(ref) || sorted[at - 1]?.ref === ref || sorted[at + 1]?.ref === ref);
    if (rest.length > 0) {
      await this.client.query(MERGE_PRODUCTS.fill, values(rest));
      const known = await this.client.query<{ ref: string; id: Buffer }>(MERGE_PRODUCTS.ids, [rest.map(({ ref }) => ref)]);
      for (const row of known.rows) ids.set(row.ref, row.id);
    }
    for (const product of products) {
      product.id = ids.get(product.ref) ?? null;
      product.no = product.id ? this.products.number(product.ref, product.id) : 0;
    }
  }
}
