import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
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

/** Sends the parts of a binary COPY as they are made: the database takes one while the next is written. */
export const copyParts = (client: pg.PoolClient, target: string, parts: Iterable<Buffer>): Promise<void> =>
  pipeline(Readable.from(parts, { highWaterMark: 2 }), client.query(copyFrom(`copy ${target} from stdin (format binary)`)));

type Place = { client: pg.PoolClient; table: string };

/** Sends all rows of one connection's table to another's with the same columns; what is on the way is bounded. Names are trusted SQL. */
export const copyAcross = (source: Place, target: Place): Promise<void> =>
  pipeline(
    source.client.query(copyTo(`copy ${source.table} to stdout (format binary)`)),
    target.client.query(copyFrom(`copy ${target.table} from stdin (format binary)`)),
  );
