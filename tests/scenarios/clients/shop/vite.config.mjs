import { sentryVitePlugin } from "@sentry/vite-plugin";
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  build: { sourcemap: true },
  plugins: [
    sentryVitePlugin({
      org: process.env.SENTRY_ORG,
      project: "shop",
      url: process.env.SENTRY_URL,
      authToken: process.env.SENTRY_AUTH_TOKEN,
      release: { name: "shop@1.4.2", setCommits: { auto: true }, deploy: { env: "production" } },
      telemetry: false,
    }),
  ],
});
