import { describe, expect, it } from "vitest";
import { readForm } from "./multipart";

async function collect(bytes: AsyncGenerator<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of bytes) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString("utf8");
}

/** A request whose body arrives in pieces of `size` bytes. */
function cut(text: string, boundary: string, size: number): Request {
  const bytes = Buffer.from(text);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
      at += size;
    },
  });
  const init: RequestInit & { duplex: "half" } = {
    method: "POST",
    body,
    duplex: "half",
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  };
  return new Request("http://localhost/", init);
}

const FORM = [
  "--b1",
  'Content-Disposition: form-data; name="kind"',
  "",
  "orders",
  "--b1",
  'Content-Disposition: form-data; name="file"; filename="größe.csv"',
  "Content-Type: text/csv",
  "",
  "a,b\r\n1,2\r\n--b2 is not the end\r\n",
  "--b1",
  'Content-Disposition: form-data; name="mapping"',
  "",
  "{}",
  "--b1--",
  "",
].join("\r\n");

describe("readForm", () => {
  it.each([1, 2, 7, 64, 10_000])("reads fields and streams the file, cut into pieces of %d bytes", async (size) => {
    expect(await readForm(cut(FORM, "b1", size), collect)).toEqual({
      fields: { kind: "orders", mapping: "{}" },
      file: { name: "größe.csv", stored: "a,b\r\n1,2\r\n--b2 is not the end\r\n" },
    });
  });
  it("reads what the runtime's own FormData writes", async () => {
    const form = new FormData();
    form.set("file", new File(["x;y\n"], "t.csv"));
    form.set("kind", "customers");
    expect(await readForm(new Request("http://localhost/", { method: "POST", body: form }), collect)).toEqual({
      fields: { kind: "customers" },
      file: { name: "t.csv", stored: "x;y\n" },
    });
  });
  it.each([
    ["no boundary", FORM, "other"],
    ["cut off", FORM.slice(0, 150), "b1"],
    ["two files", `${FORM.slice(0, -8)}\r\n--b1\r\nContent-Disposition: form-data; name="x"; filename="y"\r\n\r\nz\r\n--b1--\r\n`, "b1"],
    ["a field without end", `--b1\r\nContent-Disposition: form-data; name="kind"\r\n\r\n${"x".repeat(200_000)}`, "b1"],
  ])("refuses a broken form: %s", async (_name, text, boundary) => {
    await expect(readForm(cut(text, boundary, 1_000), collect)).rejects.toMatchObject({ code: "VALIDATION" });
  });
});
