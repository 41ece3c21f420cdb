import { createApi } from "@/server/api/dispatch";
import { apiRoutes } from "@/server/api/routes";

export const dynamic = "force-dynamic";

const api = createApi(apiRoutes);

export { api as DELETE, api as GET, api as HEAD, api as PATCH, api as POST, api as PUT };
