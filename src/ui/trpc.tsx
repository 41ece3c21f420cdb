"use client";

import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { httpBatchLink, TRPCClientError } from "@trpc/client";
import { createTRPCReact, type inferReactQueryProcedureOptions } from "@trpc/react-query";
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import { type ReactNode, useState } from "react";
import superjson from "superjson";
import type { ErrorCode, ErrorParams } from "@/server/errors";
import type { ErrorData } from "@/server/trpc/init";
import type { AppRouter } from "@/server/trpc/root";
import { makeQueryClient } from "./query-client";

/** The typed API in the browser: `trpc.segments.list.useQuery({ shopId })`. */
export const trpc = createTRPCReact<AppRouter>();

export type RouterInput = inferRouterInputs<AppRouter>;
export type RouterOutput = inferRouterOutputs<AppRouter>;
export type RouterOptions = inferReactQueryProcedureOptions<AppRouter>;

let browserClient: QueryClient | undefined;

/** On the server every request has its own cache; the browser keeps one for as long as the page lives. */
function queryClient(): QueryClient {
  if (typeof window === "undefined") return makeQueryClient();
  browserClient ??= makeQueryClient();
  return browserClient;
}

export function TrpcProvider({ children }: { children: ReactNode }) {
  const client = queryClient();
  const [trpcClient] = useState(() =>
    trpc.createClient({
      // POST for queries as well: filters hold names and addresses, which do not belong into URLs and access logs.
      links: [httpBatchLink({ url: "/api/trpc", transformer: superjson, methodOverride: "POST", maxItems: 20 })],
    }),
  );
  return (
    <trpc.Provider client={trpcClient} queryClient={client}>
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    </trpc.Provider>
  );
}

/** What went wrong, for translation: `t(`errors.${code}`, params)`. A lost connection is `offline`. */
export type UiError = {
  code: ErrorCode | "OFFLINE";
  params: ErrorParams;
  requestId: string | null;
  fields: Record<string, string[]> | null;
};

const isErrorData = (data: unknown): data is ErrorData => typeof data === "object" && data !== null && "appCode" in data;

/** Reads our error out of whatever tRPC throws. */
export function toUiError(error: unknown): UiError {
  if (error instanceof TRPCClientError) {
    if (isErrorData(error.data)) {
      return { code: error.data.appCode, params: error.data.params, requestId: error.data.requestId, fields: error.data.fields };
    }
    if (!error.data) return { code: "OFFLINE", params: {}, requestId: null, fields: null };
  }
  return { code: "INTERNAL", params: {}, requestId: null, fields: null };
}
