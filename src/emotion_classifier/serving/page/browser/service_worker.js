// Keeps the page and its model for use without a network.
importScripts("service_worker_files.js");

const NAME = `emotion-page-${self.PAGE.version}`;

self.addEventListener("install", (event) => {
  const fresh = self.PAGE.files.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith("emotion-page-") && name !== NAME;
  const remove = caches.keys().then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))));
  event.waitUntil(remove.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== self.location.origin) return;
  event.respondWith(caches.open(NAME).then((cache) => cache.match(event.request)).then((found) => found ?? fetch(event.request)));
});
