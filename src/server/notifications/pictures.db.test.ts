import { expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { withTenant } from "@/server/db";
import { addPicture, readPicture } from "./pictures";
import { MAX_PICTURE_BYTES } from "./schema";

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");
const tokenOf = (url: string) => url.slice(url.lastIndexOf("/") + 1);

it("gives a picture an address that everyone can read and nobody can guess, the same one twice", async () => {
  const { ctx } = await createCampaignShop(1);
  const { url } = await addPicture(ctx, { base64: PIXEL });
  expect(await addPicture(ctx, { base64: PIXEL })).toEqual({ url });
  expect(url).toMatch(/^http:\/\/[^/]+\/p\/[\w-]{87}$/);
  expect(await readPicture(tokenOf(url))).toEqual({ type: "image/png", bytes: Buffer.from(PIXEL, "base64") });
  const token = tokenOf(url);
  const other = `${token.slice(0, 40)}${token[40] === "A" ? "B" : "A"}${token.slice(41)}`;
  expect(await readPicture(other)).toBeNull();
  const kept = await withTenant(ctx, ({ trx }) => trx.selectFrom("message_picture").select("id").execute());
  expect(kept).toHaveLength(1);
});

it("takes pictures only, by their bytes and not too large", async () => {
  const { ctx } = await createCampaignShop(1);
  const refused = (text: string) => expect(addPicture(ctx, { base64: base64(text) })).rejects;
  await refused("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>").toMatchObject({
    code: "UNSUPPORTED_MEDIA_TYPE",
  });
  await refused("<html>GIF89a</html>").toMatchObject({ code: "UNSUPPORTED_MEDIA_TYPE" });
  await refused("").toMatchObject({ code: "UNSUPPORTED_MEDIA_TYPE" });
  await refused(`GIF89a${"x".repeat(MAX_PICTURE_BYTES)}`).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  await refused(`GIF89a${"x".repeat(2 * MAX_PICTURE_BYTES)}`).toMatchObject({ code: "VALIDATION" });
  await expect(addPicture(ctx, { base64: "no base64!" })).rejects.toMatchObject({ code: "VALIDATION" });
  for (const largest of ["GIF89a...", `GIF89a${"x".repeat(MAX_PICTURE_BYTES - 6)}`])
    await expect(addPicture(ctx, { base64: base64(largest) })).resolves.toMatchObject({ url: expect.any(String) });
});
