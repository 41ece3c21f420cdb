"use client";

import type { ReactNode } from "react";
import { Card } from "../primitives/card";
import { Skeleton } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";

type Query<Data> = { data: Data | undefined; error: unknown; refetch: () => unknown };

/** The content of a query with its three states; a failed refresh keeps what is shown. */
export function Loaded<Data>({ query, children }: { query: Query<Data>; children: (data: Data) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.error)
    return (
      <Card>
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </Card>
    );
  return (
    <div aria-busy className="flex flex-col gap-4">
      <Skeleton className="h-20" />
      <Skeleton className="h-72" />
    </div>
  );
}
