"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { errorCode } from "../error-text";
import { type RouterInput, type RouterOutput, trpc } from "../trpc";

export type Campaign = RouterOutput["campaigns"]["get"];
export type Patch = RouterInput["campaigns"]["update"]["patch"];
export type SaveState = "clean" | "waiting" | "saving" | "failed" | "conflict";

const PAUSE_MS = 500;

/**
 * Saves a draft while it is written: changes are collected, one save is on its way at a time, and what fails is kept and sent again with
 * the next change. The first save of a new draft creates it.
 */
export function useAutosave(shopId: string, initial: Campaign | null, onCreated: (campaign: Campaign) => void) {
  const utils = trpc.useUtils();
  const [saved, setSaved] = useState(initial);
  const [state, setState] = useState<SaveState>("clean");
  const [error, setError] = useState<unknown>(null);
  const current = useRef(initial);
  const pending = useRef<Patch>({});
  const flight = useRef<Promise<void> | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const create = trpc.campaigns.create.useMutation();
  const update = trpc.campaigns.update.useMutation();
  const send = useRef<(patch: Patch) => Promise<Campaign>>(async () => Promise.reject(new Error("not ready")));
  useEffect(() => {
    send.current = (patch) => {
      const known = current.current;
      return known ? update.mutateAsync({ shopId, id: known.id, version: known.version, patch }) : create.mutateAsync({ shopId, ...patch });
    };
  });

  const run = useCallback(async () => {
    while (Object.keys(pending.current).length > 0) {
      const patch = pending.current;
      pending.current = {};
      setState("saving");
      try {
        const isNew = current.current === null;
        const campaign = await send.current(patch);
        current.current = campaign;
        setSaved(campaign);
        setError(null);
        utils.campaigns.get.setData({ shopId, id: campaign.id }, campaign);
        void utils.roi.simulate.invalidate({ shopId, id: campaign.id });
        if (isNew) onCreated(campaign);
      } catch (failure) {
        // Newer typing wins over what could not be saved.
        pending.current = { ...patch, ...pending.current };
        setError(failure);
        setState(errorCode(failure) === "CONFLICT" ? "conflict" : "failed");
        return;
      }
    }
    setState("clean");
  }, [shopId, utils, onCreated]);

  /** Saves what is waiting now and resolves when it is saved (false: it could not be). */
  const flush = useCallback(async (): Promise<boolean> => {
    clearTimeout(timer.current);
    while (flight.current) await flight.current;
    flight.current = run().finally(() => {
      flight.current = null;
    });
    await flight.current;
    return Object.keys(pending.current).length === 0;
  }, [run]);

  const change = useCallback(
    (patch: Patch) => {
      pending.current = { ...pending.current, ...patch };
      setState((now) => (now === "conflict" ? now : "waiting"));
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void flush(), PAUSE_MS);
    },
    [flush],
  );

  useEffect(() => {
    const unsaved = () => Object.keys(pending.current).length > 0 || flight.current !== null;
    const warn = (event: BeforeUnloadEvent) => {
      if (!unsaved()) return;
      void flush();
      event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => {
      window.removeEventListener("beforeunload", warn);
      // Leaving the page inside the app: nothing typed is lost.
      if (Object.keys(pending.current).length > 0) void flush();
    };
  }, [flush]);

  return { saved, state, error, change, flush };
}
