/** Units of loyalty points begin with this. */
export const POINTS_PREFIX = "PTS:";
