// The bar at the top: who acts, what crashes, which faults are on.

import { crash, reset, setFault } from "./api.js";
import { fill, h, into } from "./dom.js";
import { face } from "./faces.js";

const FAULTS = { 429: "429 Too many", "5xx": "5xx Broken", slow: "Slow", lost: "Lost answers", reset: "Resets" };

export function topBar(root, context) {
  const people = h("div", { class: "people", role: "radiogroup", "aria-label": "Acting as" });
  const crashes = h("div", { class: "crashes" });
  const faults = h("div", { class: "faults" });
  const said = h("span", { class: "said", role: "status" });
  let times = 1;
  root.replaceChildren(
    h("div", { class: "bar" },
      h("div", { class: "brand" }, h("img", { src: "static/quell.svg", alt: "" }), h("strong", null, "Quell"), h("span", null, "playground")),
      h("span", { class: "label" }, "Acting as"), people, h("span", { class: "grow" }), said, faults,
      h("button", { type: "button", class: "top-button", title: "Clear all messages", onclick: () => reset() }, "Clear")),
    h("div", { class: "bar shop" }, h("span", { class: "label" }, "Demo shop"), crashes));
  return { draw };

  function draw(state) {
    fill(people, state.people.map((one) => [one.id, [one, one.id === state.as], (old) => person(one, one.id === state.as, old)]));
    drawCrashes(state);
    drawFaults(state);
    const run = state.runs.at(-1);
    said.textContent = run?.state === "failed" ? `The shop's run failed: ${run.stderr?.split("\n").at(-2) ?? ""}` : run?.state === "running" ? "Crashing…" : "";
  }

  function person(one, isOn, old) {
    const props = { role: "radio", "aria-checked": String(isOn), class: "person", onclick: () => context.become(one.id) };
    return into(old, h("button", { type: "button", ...props }, face(one.id, one.name), one.name.split(" ")[0]));
  }

  function drawCrashes(state) {
    const crashButton = ({ kind, title }, old) =>
      into(old, h("button", { type: "button", class: "top-button crash", title, disabled: !state.has_dsn, onclick: () => crash({ kind, times, users: times }) }, title));
    const choices = [[1, "once"], [10, "× 10"], [100, "× 100"]].map(([value, words]) => h("option", { value }, words));
    const amount = () => h("select", { "aria-label": "How often", onchange: (event) => (times = Number(event.target.value)) }, choices);
    fill(crashes, [
      ...state.crashes.map((one) => [one.kind, [one, state.has_dsn], (old) => crashButton(one, old)]),
      ["amount", 0, amount],
      !state.has_dsn && ["no DSN", 0, () => h("small", null, "no DSN")],
    ]);
  }

  function drawFaults(state) {
    const channels = { slack: state.slack.channels[0].id, teams: state.teams.conversations[0].id };
    fill(faults, Object.keys(channels).map((platform) => {
      const on = state.faults.find((one) => one.platform === platform)?.mode ?? "";
      return [platform, on, (old) => fault(platform, on, channels[platform], old)];
    }));
  }

  function fault(platform, on, channel, old) {
    const [modes, places] = old ? old.querySelectorAll("select") : selects(platform, channel);
    const node = old ?? h("label", null, platform === "slack" ? "Slack" : "Teams", modes, places);
    node.className = on ? "on" : "";
    modes.value = on;
    places.hidden = !on;
    return node;
  }

  function selects(platform, channel) {
    const options = (all) => all.map(([value, words]) => h("option", { value }, words));
    const change = async () => {
      const mode = modes.value;
      await setFault({ platform, mode: null });
      if (mode) await setFault({ platform, mode, channel: places.value });
    };
    const modes = h("select", { "aria-label": `Fault in ${platform}`, onchange: change }, options([["", "works"], ...Object.entries(FAULTS)]));
    const places = h("select", { "aria-label": `Where in ${platform}`, onchange: change }, options([["", "everywhere"], [channel, "in Alerts only"]]));
    return [modes, places];
  }
}
