"use client";

import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import type { Crumb } from "../primitives/breadcrumbs";

type Extra = { crumbs: readonly Crumb[]; set: (crumbs: readonly Crumb[]) => void };

const Context = createContext<Extra | null>(null);

export function CrumbsProvider({ children }: { children: ReactNode }) {
  const [crumbs, set] = useState<readonly Crumb[]>([]);
  return <Context value={{ crumbs, set }}>{children}</Context>;
}

export const usePageCrumbs = () => useContext(Context)?.crumbs ?? [];

/** Adds what only the page knows to the breadcrumb: the name of a campaign, a segment, a customer. Renders nothing. */
export function PageCrumb({ label, href }: Crumb) {
  const set = useContext(Context)?.set;
  useEffect(() => {
    set?.([{ label, href }]);
    return () => set?.([]);
  }, [set, label, href]);
  return null;
}
