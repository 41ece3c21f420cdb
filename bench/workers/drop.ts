/** Grants one drop from wherever it stands; started by bench/campaigns.ts, which kills it at random moments. */
import { finishDrop } from "@/server/campaigns/finish-drop";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { grantChunk } from "@/server/campaigns/grant-chunk";
import { closeDb } from "@/server/db";
import { systemContext } from "@/server/tenancy/context";

async function main([orgId = "", shopId = "", dropId = ""]: string[]): Promise<void> {
  const ctx = systemContext(orgId, shopId, "drop-worker");
  const frozen = await freezeDrop(ctx, dropId);
  if (frozen.status === "granting") {
    for (let no = 0; no < frozen.chunks; no++) await grantChunk(ctx, { dropId, no });
    await finishDrop(ctx, dropId);
  }
  await closeDb();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
