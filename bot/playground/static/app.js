// The page: keeps one picture of the playground's state and draws it whenever something changed.

import { act, getState, listen } from "./api.js";
import { setZone } from "./clock.js";
import { topBar } from "./panels.js";
import { slackPane } from "./slack.js";
import { teamsPane } from "./teams.js";

let me = localStorage.getItem("me") ?? "UPLAY1";
let state = null;
let isLoading = false;
let isStale = false;

function contextOf(platform) {
  const root = document.getElementById(platform);
  return {
    get me() {
      return me;
    },
    get people() {
      return new Map([...(state?.people ?? []).map((one) => [one.id, one.name]), ["UQUELL", "Quell"], ["USLACKBOT", "Slackbot"]]);
    },
    person: () => state.people.find((one) => one.id === me),
    root: () => root,
    act: (deed) => act(me, platform, deed),
    redraw: () => draw(),
  };
}

const top = topBar(document.getElementById("top"), { become });
const panes = ["slack", "teams"].map((platform) => {
  const make = platform === "slack" ? slackPane : teamsPane;
  return make(document.getElementById(platform), contextOf(platform));
});

function become(id) {
  me = id;
  localStorage.setItem("me", id);
  load();
}

async function load() {
  isStale = true;
  if (isLoading) return;
  isLoading = true;
  while (isStale) {
    isStale = false;
    state = await getState(me);
  }
  isLoading = false;
  me = state.as;
  setZone(state.people.find((one) => one.id === me).tz);
  draw();
}

function draw() {
  if (!state) return;
  top.draw(state);
  panes.forEach((pane) => pane.draw(state));
  document.body.dataset.version = state.version;
}

listen(load);
load();
