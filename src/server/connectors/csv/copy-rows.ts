import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { setImmediate as othersTurn } from "node:timers/promises";
import type pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import type { CopyBuffer } from "./copy-buffer";

/** Sends a filled buffer into a table by binary COPY and empties it. `target` is trusted SQL: `table (columns)`. */
export async function copyRows(client: pg.PoolClient, target: string, rows: CopyBuffer): Promise<void> {
  const data = rows.finish();
  if (!data) return;
  const stream = client.query(copyFrom(`copy ${target} from stdin (format binary)`));
  const done = once(stream, "finish");
  stream.end(data);
  await done;
  rows.reset();
}

/**
 * Sends the parts of a binary COPY as they are made: the database takes one while the next is written. Between two of them other work of
 * this process has its turn, such as the answers of another connection.
 */
export async function copyParts(client: pg.PoolClient, target: string, parts: Iterable<Buffer>): Promise<void> {
  async function* taken(): AsyncGenerator<Buffer> {
    for (const part of parts) {
      yield part;
      await othersTurn();
    }
  }
  await pipeline(taken, client.query(copyFrom(`copy ${target} from stdin (format binary)`)));
}

type Place = { client: pg.PoolClient; table: string };

/** Sends all rows of one connection's table to another's with the same columns; what is on the way is bounded. Names are trusted SQL. */
export const copyAcross = (source: Place, target: Place): Promise<void> =>
  pipeline(
    source.client.query(copyTo(`copy ${source.table} to stdout (format binary)`)),
    target.client.query(copyFrom(`copy ${target.table} from stdin (format binary)`)),
  );
