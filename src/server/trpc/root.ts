import { router } from "./init";

/** The whole typed API of the app; one line per domain. */
export const appRouter = router({});

export type AppRouter = typeof appRouter;
