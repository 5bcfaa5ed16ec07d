import * as Sentry from "@sentry/browser";
import { checkout } from "./basket.js";

Sentry.init({ dsn: process.env.SENTRY_DSN, environment: "production" });
document.querySelector("button").addEventListener("click", () => checkout({ lines: [] }));
