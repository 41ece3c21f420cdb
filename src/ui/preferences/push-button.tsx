"use client";

import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { Button } from "../primitives/button";

type State = "hidden" | "ready" | "on" | "denied" | "failed";

/** Turns notifications on in this browser, where it can and the shop has set them up. */
export function PushButton({ token }: { token: string }) {
  const t = useTranslations("preferences");
  const [key, setKey] = useState<string | null>(null);
  const [state, setState] = useState<State>("hidden");
  useEffect(() => {
    if (!("serviceWorker" in navigator) || !("PushManager" in window)) return;
    let alive = true;
    const load = async () => {
      const answer = await fetch(`/api/push/${token}`);
      if (!answer.ok) return;
      const { key: vapid } = (await answer.json()) as { key: string };
      if (!alive) return;
      setKey(vapid);
      setState(Notification.permission === "denied" ? "denied" : "ready");
    };
    load().catch(() => alive && setState("hidden"));
    return () => {
      alive = false;
    };
  }, [token]);
  const enable = async (vapid: string): Promise<State> => {
    if ((await Notification.requestPermission()) !== "granted") return "denied";
    const worker = await navigator.serviceWorker.register("/push-worker.js");
    const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: vapid });
    const answer = await fetch(`/api/push/${token}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(subscription.toJSON()),
    });
    return answer.ok ? "on" : "failed";
  };
  if (state === "hidden" || key === null) return null;
  if (state === "on" || state === "denied" || state === "failed") {
    const text = state === "on" ? t("pushOn") : state === "denied" ? t("pushDenied") : t("pushFailed");
    return (
      <p role="status" className="text-muted text-sm">
        {text}
      </p>
    );
  }
  return (
    <Button
      onClick={() =>
        void enable(key)
          .then(setState)
          .catch(() => setState("failed"))
      }
    >
      {t("pushEnable")}
    </Button>
  );
}
