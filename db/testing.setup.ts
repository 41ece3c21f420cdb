import { prepareTemplate } from "./testing";

/** Vitest global set-up of the database project. */
export default async function setup(): Promise<() => Promise<void>> {
  const template = await prepareTemplate();
  process.env.GUTHABEN_TEST_TEMPLATE = template.url;
  return template.stop;
}
