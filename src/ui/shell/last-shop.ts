/** Holds the id of the shop that was opened last. A convenience: the server checks the access to it like to any other. */
export const LAST_SHOP_COOKIE = "last-shop";
