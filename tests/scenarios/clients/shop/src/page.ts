import * as Sentry from "@sentry/browser";
import { checkout } from "./basket.ts";

Sentry.init({ dsn: import.meta.env.VITE_SENTRY_DSN, environment: "production" });
document.querySelector("button").addEventListener("click", () => checkout({ lines: [] }));
