/** The signed-in person of a request, read from a live (not revoked, not expired) session. */
export type SignedIn = {
  sessionId: string;
  /** When the person last proved the password; approvals and exports want it fresh. */
  strongAt: Date;
  user: { id: string; name: string; email: string; locale: "de" | "en"; theme: "system" | "light" | "dark" };
};

/** What every procedure starts from. Made by the route handler and by server components alike. */
export type RequestContext = {
  signedIn: SignedIn | null;
  requestId: string;
  ip: string | null;
};
