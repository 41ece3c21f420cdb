import type { RouterOutput } from "../trpc";

export type Import = RouterOutput["imports"]["get"];
export type Report = NonNullable<Import["report"]>;
