import { databaseNow } from "@/server/clock";

export const dynamic = "force-dynamic";

/** Answers 200 when the app reaches its database; for load balancers and the start script. Says nothing else. */
export async function GET(): Promise<Response> {
  try {
    await databaseNow();
    return Response.json({ status: "ok" });
  } catch (error) {
    console.error("health:", error);
    return Response.json({ status: "unavailable" }, { status: 503 });
  }
}
