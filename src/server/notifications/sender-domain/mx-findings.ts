import type { Dns } from "./ask-dns";
import { finding, unasked } from "./finding";
import type { Finding } from "./schema";

const found = finding("mx");
const MAX_HOSTS = 5;

/** Whether answers and bounces can reach the domain; many receivers take nothing from a sender that cannot be written to. */
export async function mxFindings(dns: Dns, domain: string): Promise<Finding[]> {
  const answer = await dns.mx(domain);
  if (answer.state === "unasked") return [unasked("mx", domain, answer.reason)];
  if (answer.state === "none") return [await withoutMx(dns, domain, answer.name)];
  // "." alone says that the domain takes no mail at all (RFC 7505).
  if (answer.values.every(({ exchange }) => exchange === "" || exchange === ".")) return [found("error", "mxNull", { domain })];
  const hosts = answer.values.toSorted((a, b) => a.priority - b.priority).slice(0, MAX_HOSTS);
  const answers = await Promise.all(hosts.map(async ({ exchange }) => ({ exchange, answer: await dns.addresses(exchange) })));
  if (answers.some((one) => one.answer.state === "found")) return [found("ok", "mxOk", { domain, count: answer.values.length })];
  for (const { exchange, answer: silent } of answers) if (silent.state === "unasked") return [unasked("mx", exchange, silent.reason)];
  return [found("error", "mxDead", { domain, host: hosts[0]?.exchange ?? "" })];
}

/** Without MX records mail goes to the address of the domain itself (RFC 5321, 5.1). */
async function withoutMx(dns: Dns, domain: string, exists: boolean): Promise<Finding> {
  if (!exists) return found("error", "domainMissing", { domain });
  const answer = await dns.addresses(domain);
  if (answer.state === "unasked") return unasked("mx", domain, answer.reason);
  return answer.state === "found" ? found("warning", "mxImplicit", { domain }) : found("error", "mxMissing", { domain });
}
