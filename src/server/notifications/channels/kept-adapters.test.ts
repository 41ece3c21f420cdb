import { expect, it } from "vitest";
import { KeptAdapters } from "./kept-adapters";
import { smtpAdapter } from "./smtp";

const make = () => smtpAdapter({ host: "127.0.0.1", port: 25, secure: "none", user: null, password: null });

it("keeps who is asked for again and again, however many others come", () => {
  const kept = new KeptAdapters(3);
  const own = kept.open("own", "1", make);
  for (let n = 0; n < 10; n++) {
    kept.open(`other:${n}`, "1", make);
    expect(kept.open("own", "1", make)).toBe(own);
  }
  const forgotten = kept.open("other", "1", make);
  for (let n = 0; n < 3; n++) kept.open(`other:${n}`, "1", make);
  expect(kept.open("other", "1", make)).not.toBe(forgotten);
  // Another setting is another way out.
  expect(kept.open("own", "2", make)).not.toBe(own);
  kept.close();
});
