import { setClockByRequest } from "@/server/api/test-clock";

export const dynamic = "force-dynamic";

export const POST = (request: Request): Promise<Response> => setClockByRequest(request);
