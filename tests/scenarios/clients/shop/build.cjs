// What `webpack --config FILE` does, without its command line.
const path = require("node:path");
const webpack = require("webpack");

webpack(require(path.resolve(process.argv[2])), (error, stats) => {
  if (error) throw error;
  console.log(stats.toString());
  process.exitCode = stats.hasErrors() ? 1 : 0;
});
