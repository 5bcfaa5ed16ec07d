// Writes what each bundler makes of src/, where its frames are by Node, and where @jridgewell/trace-mapping says that every position comes from.
import { execSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { TraceMap, originalPositionFor } from "@jridgewell/trace-mapping";

const builds = {
  esbuild: ["npx esbuild src/main.ts --bundle --minify --charset=utf8 --sourcemap --outfile=out/esbuild/main.js", () => "out/esbuild/main.js"],
  vite: ["npx vite build", () => `out/vite/assets/${readdirSync("out/vite/assets").find((name) => name.endsWith(".js"))}`],
  webpack: ["npx webpack", () => "out/webpack/main.js"],
};
Error.stackTraceLimit = 50;
for (const [bundler, [command, output]] of Object.entries(builds)) {
  execSync(command, { stdio: "ignore" });
  const script = readFileSync(output(), "utf8"), map = readFileSync(`${output()}.map`, "utf8");
  const url = `https://shop.example.com/assets/${output().split("/").pop()}`;
  Error.prepareStackTrace = (_, calls) => calls
    .filter((call) => call.getFileName() === url)
    .map((call) => ({ function: call.getFunctionName() ?? "?", filename: url, abs_path: url, lineno: call.getLineNumber(), colno: call.getColumnNumber(), in_app: true }))
    .reverse();
  globalThis.console.info = () => {};
  runInThisContext(script, { filename: url });
  const traced = new TraceMap(map), positions = [];
  script.split("\n").forEach((text, line) => {
    for (let column = 0; column < text.length; column++) {
      const found = originalPositionFor(traced, { line: line + 1, column });
      positions.push(found.source === null ? [line, column, null] : [line, column, found.source, found.line - 1, found.column, found.name ?? ""]);
    }
  });
  writeFileSync(`${bundler}.json`, JSON.stringify({ url, script, map, frames: globalThis.caught.stack, positions }));
}
