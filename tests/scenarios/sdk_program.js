// A program for Node: its DSN, its trouble and what the trouble wants to know are its arguments.
"use strict";

const http = require("node:http");
const Sentry = (globalThis.Sentry = require("@sentry/node"));
require("./sdk_troubles.js");

const [dsn, trouble, ...details] = process.argv.slice(2);
Sentry.init({ dsn, release: "shop@1.4.2", environment: "staging" });
Sentry.setUser({ id: "42", email: "ada@example.com" });
Sentry.setTag("component", "basket");

troubles.leak = async () => {
  const counter = http.createServer((request, response) => {
    Sentry.captureException(new Error("nobody at the counter"), { extra: { env: process.env } });
    response.end();
  });
  await new Promise((resolve) => counter.listen(0, "127.0.0.1", resolve));
  const headers = { Authorization: "Bearer canary-of-bearer", Cookie: "sid=canary-of-cookie", "X-Api-Key": "canary-of-header" };
  await fetch(`http://127.0.0.1:${counter.address().port}/basket?page=2&token=canary-of-query`, { headers });
  counter.close();
};

troubles[trouble](...details.map(Number)).then(() => Sentry.flush(5000));
