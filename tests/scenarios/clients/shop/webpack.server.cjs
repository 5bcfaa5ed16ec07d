// A server's bundle, without a plugin: sentry-cli uploads its map.
module.exports = {
  mode: "production",
  target: "node",
  devtool: "source-map",
  entry: "./src/server.js",
  output: { filename: "server.js" },
  externals: { "@sentry/node": "commonjs @sentry/node" },
};
