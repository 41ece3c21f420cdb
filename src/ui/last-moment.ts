/**
 * The last minute in which credit can be spent. Expiry is stored as the exclusive end, and "until 4 April, 00:00" would be read as all of
 * 4 April.
 */
export const lastMoment = (expiresAt: Date): Date => new Date(expiresAt.getTime() - 60_000);
