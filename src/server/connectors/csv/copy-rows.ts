import { once } from "node:events";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
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
