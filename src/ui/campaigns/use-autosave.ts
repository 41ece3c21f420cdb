"use client";

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { errorCode } from "../error-text";
import { type RouterInput, type RouterOutput, trpc } from "../trpc";
import { alreadySaved } from "./already-saved";
import { forgetInput, keepInput, keptInput, type Whose } from "./builder/kept-input";

export type Campaign = RouterOutput["campaigns"]["get"];
export type Patch = RouterInput["campaigns"]["update"]["patch"];
export type SaveState = "clean" | "waiting" | "saving" | "failed" | "conflict";

const PAUSE_MS = 500;

type Asked = { shopId: string; id: string };
type Query = { cancel: (input: Asked) => Promise<void>; invalidate: (input: Asked) => Promise<void> };

/**
 * Asks again, whatever is under way: a first answer that has not arrived yet is about the draft before, and invalidating alone would let it
 * count as the new one.
 */
async function anew(query: Query, input: Asked): Promise<void> {
  await query.cancel(input);
  await query.invalidate(input);
}

type AutosaveEvents = {
  onCreated: (campaign: Campaign) => void;
  /** Input that an earlier visit left behind has been saved now; the form shows what the draft has become. */
  onRestored: (campaign: Campaign) => void;
};

/**
 * Saves a draft while it is written: changes are collected, one save is on its way at a time, and what fails is kept and sent again with
 * the next change. The first save of a new draft creates it. Until the server has answered, the input is kept in the browser as well.
 */
export function useAutosave(shop: Whose, initial: Campaign | null, { onCreated, onRestored }: AutosaveEvents) {
  const { id: shopId, userId } = shop;
  const whose = useMemo(() => ({ id: shopId, userId }), [shopId, userId]);
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
    send.current = async (patch) => {
      const known = current.current;
      if (!known) return create.mutateAsync({ shopId, ...patch });
      try {
        return await update.mutateAsync({ shopId, id: known.id, version: known.version, patch });
      } catch (failure) {
        if (errorCode(failure) !== "CONFLICT") throw failure;
        const now = await utils.client.campaigns.get.query({ shopId, id: known.id });
        if (now.status === known.status && alreadySaved(patch, now)) return now;
        throw failure;
      }
    };
  });

  const take = useCallback(
    (campaign: Campaign) => {
      current.current = campaign;
      setSaved(campaign);
      setError(null);
      utils.campaigns.get.setData({ shopId, id: campaign.id }, campaign);
      // What was calculated from the draft before.
      const input = { shopId, id: campaign.id };
      void anew(utils.roi.simulate, input);
      void utils.roi.backtest.invalidate();
      void anew(utils.campaigns.offerExamples, input);
      void anew(utils.campaigns.messagePreview, input);
    },
    [shopId, utils],
  );

  const run = useCallback(async () => {
    while (Object.keys(pending.current).length > 0) {
      const patch = pending.current;
      pending.current = {};
      setState("saving");
      try {
        const before = current.current;
        const campaign = await send.current(patch);
        take(campaign);
        forgetInput(whose, before?.id ?? null);
        // What was typed while the request was under way belongs to the new version.
        if (Object.keys(pending.current).length > 0) keepInput(whose, campaign, pending.current);
        if (before === null) onCreated(campaign);
      } catch (failure) {
        // Newer typing wins over what could not be saved.
        pending.current = { ...patch, ...pending.current };
        setError(failure);
        setState(errorCode(failure) === "CONFLICT" ? "conflict" : "failed");
        return;
      }
    }
    setState("clean");
  }, [whose, take, onCreated]);

  /** Saves what is waiting now and resolves with the draft as it is saved; null when it could not be, or there is none yet. */
  const flush = useCallback(async (): Promise<Campaign | null> => {
    clearTimeout(timer.current);
    while (flight.current) await flight.current;
    flight.current = run().finally(() => {
      flight.current = null;
    });
    await flight.current;
    return Object.keys(pending.current).length === 0 ? current.current : null;
  }, [run]);

  const change = useCallback(
    (patch: Patch) => {
      pending.current = { ...pending.current, ...patch };
      keepInput(whose, current.current, pending.current);
      setState((now) => (now === "conflict" ? now : "waiting"));
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void flush(), PAUSE_MS);
    },
    [whose, flush],
  );

  useRestore(whose, current, async (patch) => {
    pending.current = { ...patch, ...pending.current };
    const campaign = await flush();
    if (campaign) onRestored(campaign);
  });

  useEffect(() => {
    const save = () => {
      if (Object.keys(pending.current).length > 0) void flush();
    };
    window.addEventListener("pagehide", save);
    return () => {
      window.removeEventListener("pagehide", save);
      // Leaving the page inside the app: nothing typed is lost.
      save();
    };
  }, [flush]);

  return { saved, state, error, change, flush };
}

/** Once, when the form opens: what an earlier visit could not save any more. */
function useRestore(whose: Whose, current: { current: Campaign | null }, restore: (patch: Patch) => Promise<void>) {
  const latest = useRef(restore);
  useEffect(() => {
    latest.current = restore;
  });
  useEffect(() => {
    const patch = keptInput(whose, current.current);
    if (patch && Object.keys(patch).length > 0) void latest.current(patch);
  }, [whose, current]);
}
