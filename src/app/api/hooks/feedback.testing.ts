import type { FeedbackProvider } from "@/server/notifications/feedback/schema";
import { type FeedbackWorld, feedbackWorld } from "@/server/notifications/feedback/world.testing";
import { POST } from "./[token]/[source]/route";

type Answer = { status: number; recorded?: number; code?: string };
/** The shop, and the door at which its providers report. */
export type FeedbackShop = FeedbackWorld & {
  post: (provider: FeedbackProvider, body: string, headers?: Record<string, string>) => Promise<Answer>;
};

export async function feedbackShop(): Promise<FeedbackShop> {
  const world = await feedbackWorld();
  return {
    ...world,
    async post(provider, body, headers = {}) {
      const token = await world.tokenOf(provider);
      const request = new Request(`http://localhost/api/hooks/${token}/${provider}`, { method: "POST", body, headers });
      const response = await POST(request, { params: Promise.resolve({ token, source: provider }) });
      return { status: response.status, ...((await response.json()) as Omit<Answer, "status">) };
    },
  };
}
