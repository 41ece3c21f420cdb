/* Shows what the shop sent; opens its address on a click. Plain script: browsers load it as it is. */
self.addEventListener("push", (event) => {
  const message = event.data ? event.data.json() : {};
  event.waitUntil(
    self.registration.showNotification(String(message.title || ""), {
      body: String(message.body || ""),
      tag: String(message.tag || ""),
      data: { url: String(message.url || "") },
    }),
  );
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url } = event.notification.data;
  if (/^https?:\/\//.test(url)) event.waitUntil(self.clients.openWindow(url));
});
