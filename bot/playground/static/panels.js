// The bar at the top: who acts, what crashes, which faults are on.

import { crash, reset, setFault } from "./api.js";
import { h } from "./dom.js";
import { face } from "./faces.js";

const FAULTS = { 429: "429 Too many", "5xx": "5xx Broken", slow: "Slow", lost: "Lost answers", reset: "Resets" };

export function topBar(root, context) {
  const people = h("div", { class: "people", role: "radiogroup", "aria-label": "Acting as" });
  const crashes = h("div", { class: "crashes" });
  const faults = h("div", { class: "faults" });
  const said = h("span", { class: "said", role: "status" });
  let times = 1;
  const where = { slack: "", teams: "" }; // the channel a fault is to meet, or all of them
  root.replaceChildren(
    h("div", { class: "bar" },
      h("div", { class: "brand" }, h("img", { src: "static/quell.svg", alt: "" }), h("strong", null, "Quell"), h("span", null, "playground")),
      h("span", { class: "label" }, "Acting as"), people, h("span", { class: "grow" }), said, faults,
      h("button", { type: "button", class: "top-button", title: "Clear all messages", onclick: () => reset() }, "Clear")),
    h("div", { class: "bar shop" }, h("span", { class: "label" }, "Demo shop"), crashes));
  return { draw };

  function draw(state) {
    people.replaceChildren(...state.people.map((one) =>
      h("button", { type: "button", role: "radio", "aria-checked": String(one.id === state.as), class: "person", onclick: () => context.become(one.id) },
        face(one.id, one.name), one.name.split(" ")[0])));
    drawCrashes(state);
    drawFaults(state);
    const run = state.runs.at(-1);
    said.textContent = run?.state === "failed" ? `The shop's run failed: ${run.said.split("\n").at(-2) ?? ""}` : run?.state === "running" ? "Crashing…" : "";
  }

  function drawCrashes(state) {
    if (crashes.childElementCount) return;
    const amount = h("select", { "aria-label": "How often", onchange: (event) => (times = Number(event.target.value)) },
      [[1, "once"], [10, "× 10"], [100, "× 100"]].map(([value, words]) => h("option", { value }, words)));
    crashes.replaceChildren(
      ...state.crashes.map(({ kind, title }) =>
        h("button", { type: "button", class: "top-button crash", title, disabled: !state.has_dsn, onclick: () => crash({ kind, times, users: times }) }, title)),
      amount);
    if (!state.has_dsn) crashes.append(h("small", null, "no DSN"));
  }

  function drawFaults(state) {
    faults.replaceChildren(...["slack", "teams"].map((platform) => {
      const on = state.faults.find((one) => one.platform === platform)?.mode ?? "";
      const channel = platform === "slack" ? state.slack.channels[0].id : state.teams.conversations[0].id;
      const change = (mode) => setFault({ platform, mode: null }).then(() => mode && setFault({ platform, mode, channel: where[platform] }));
      const move = (event) => {
        where[platform] = event.target.value;
        change(on);
      };
      return h("label", { class: on ? "on" : "" }, platform === "slack" ? "Slack" : "Teams",
        h("select", { "aria-label": `Fault in ${platform}`, onchange: (event) => change(event.target.value) },
          h("option", { value: "" }, "works"),
          Object.entries(FAULTS).map(([mode, words]) => h("option", { value: mode, selected: mode === on }, words))),
        on ? h("select", { "aria-label": `Where in ${platform}`, onchange: move },
          [["", "everywhere"], [channel, "in Alerts only"]].map(([value, words]) => h("option", { value, selected: value === where[platform] }, words))) : null);
    }));
  }
}
