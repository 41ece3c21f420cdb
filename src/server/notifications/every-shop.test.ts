import { expect, it } from "vitest";
import { everyShop } from "./every-shop";

it("goes on with the other shops when one fails, and says so at the end", async () => {
  const shops = ["a", "b", "c"].map((shopId) => ({ orgId: "o", shopId }));
  const seen: string[] = [];
  const work = everyShop(shops, "reminding", async ({ shopId }) => {
    seen.push(shopId);
    if (shopId === "a") throw new Error("bad settings");
    return 2;
  });
  await expect(work).rejects.toThrow("reminding failed for 1 of 3 shops: Error: bad settings");
  expect(seen).toEqual(["a", "b", "c"]);
  expect(await everyShop(shops.slice(1), "reminding", async () => 2)).toEqual({ total: 4 });
});

it("waits for several at once where that is asked for", async () => {
  const shops = ["a", "b", "c", "d", "e"].map((shopId) => ({ orgId: "o", shopId }));
  let [running, most] = [0, 0];
  const work = async () => {
    most = Math.max(most, ++running);
    await new Promise((done) => setTimeout(done, 5));
    running--;
    return 1;
  };
  expect([await everyShop(shops, "asking", work, { atOnce: 3 }), most]).toEqual([{ total: 5 }, 3]);
});
