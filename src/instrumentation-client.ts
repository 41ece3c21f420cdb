import { z } from "zod";

// zod would compile its schemas with `new Function`, which the page's policy refuses and the browser then reports as an error.
z.config({ jitless: true });
