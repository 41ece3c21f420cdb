import { sql } from "kysely";

/** A file's description without its first lines: they are people's data, and of no use once the file is taken or given up. */
export const withoutSample = sql<string>`jsonb_set(preview, '{sample}', '[]')`;
