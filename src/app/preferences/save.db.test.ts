import { describe, expect, it } from "vitest";
import { POST } from "./[token]/save/route";

type Sent = { body?: string | URLSearchParams; headers?: Record<string, string> };
const post = (init: Sent) =>
  POST(
    new Request("http://localhost:3000/preferences/x/save", {
      method: "POST",
      ...init,
      headers: { ...init.headers, "sec-fetch-site": "same-origin" },
    }),
    { params: Promise.resolve({ token: "x" }) },
  );

describe("the form of the preference centre", () => {
  it.each<[string, Sent]>([
    ["no body", {}],
    ["JSON", { body: "{}", headers: { "content-type": "application/json" } }],
    ["a broken form", { body: "--b", headers: { "content-type": "multipart/form-data; boundary=b" } }],
    ["a form without a boundary", { body: "x", headers: { "content-type": "multipart/form-data" } }],
  ])("refuses %s", async (_name, init) => {
    expect((await post(init)).status).toBe(400);
  });
  it("leads back to the page, which says what is wrong with the link", async () => {
    const answer = await post({ body: new URLSearchParams({ only: "none" }) });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/preferences/x?saved=1"]);
  });
});
