import { clientIp, formOf, isSameOrigin } from "@/server/auth/request";
import { AppError } from "@/server/errors";
import { savePreferences, unsubscribe } from "@/server/notifications/consent/preferences";
import { preferencesUrl } from "@/server/notifications/links";
import { localeSchema } from "@/server/notifications/schema";

/** Saves the form of the preference centre and leads back to it. */
export async function POST(request: Request, { params }: { params: Promise<{ token: string }> }): Promise<Response> {
  if (!isSameOrigin(request.headers)) return new Response(null, { status: 403 });
  const { token } = await params;
  const form = await formOf(request);
  if (!form) return new Response(null, { status: 400 });
  const origin = {
    ip: clientIp(request.headers),
    userAgent: request.headers.get("user-agent"),
    sourceUrl: "/preferences",
    language: localeSchema.safeParse(form.get("language")).data,
  };
  const ticked = (name: string): boolean => form.get(name) === "1";
  try {
    if (form.get("only") === "none") await unsubscribe(token, origin, "preferences");
    else
      await savePreferences(
        token,
        { email: ticked("email"), sms: ticked("sms"), push: ticked("push"), tracking: ticked("tracking"), objected: ticked("objected") },
        origin,
      );
  } catch (error) {
    // The page says what is wrong with the link.
    if (!(error instanceof AppError && error.code === "LINK_INVALID")) throw error;
  }
  const target = new URL(preferencesUrl(encodeURIComponent(token)));
  return new Response(null, { status: 303, headers: { location: `${target.pathname}?saved=1` } });
}
