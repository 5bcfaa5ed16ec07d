// The page: keeps one picture of the playground's state and draws it whenever something changed.

import { act, getState, listen } from "./api.js";
import { setZone } from "./clock.js";
import { keepFocus } from "./focus.js";
import { topBar } from "./panels.js";
import { placeMenu } from "./picker.js";
import { whenReleased } from "./press.js";
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
    redraw: () => whenReleased(draw),
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
  try {
    while (isStale) {
      isStale = false;
      state = await getState(me);
      if (!state.people.some((one) => one.id === me)) me = state.as;
      document.body.dataset.loaded = state.version;
      whenReleased(draw);
    }
  } finally {
    isLoading = false; // else one lost answer would stop the page for good
  }
}

function draw() {
  if (state?.as !== me) return; // somebody else's, while this person's is on its way
  const restoreFocus = keepFocus();
  setZone(state.people.find((one) => one.id === me).tz);
  top.draw(state);
  panes.forEach((pane) => pane.draw(state));
  restoreFocus();
  placeMenu();
  document.body.dataset.version = state.version;
}

listen(load);
load();
