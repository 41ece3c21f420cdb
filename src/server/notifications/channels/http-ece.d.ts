/** The part of the package that tests use; it brings no types. */
declare module "http_ece" {
  import type { ECDH } from "node:crypto";

  const ece: { decrypt(body: Buffer, options: { version: "aes128gcm"; privateKey: ECDH; authSecret: string }): Buffer };
  export = ece;
}
