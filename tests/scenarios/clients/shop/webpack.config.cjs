const { sentryWebpackPlugin } = require("@sentry/webpack-plugin");
const webpack = require("webpack");

module.exports = {
  mode: "production",
  devtool: "source-map",
  entry: "./src/page.js",
  plugins: [
    new webpack.EnvironmentPlugin(["SENTRY_DSN"]),
    sentryWebpackPlugin({
      org: process.env.SENTRY_ORG,
      project: "shop",
      url: process.env.SENTRY_URL,
      authToken: process.env.SENTRY_AUTH_TOKEN,
      release: { name: "shop@1.4.2", setCommits: { auto: true }, deploy: { env: "production" } },
      telemetry: false,
    }),
  ],
};
