// The Teams pane: a channel's threads, a personal chat, dialogs and toasts.

import { drawCard, mentioned } from "./cards.js";
import { hour } from "./clock.js";
import { overlay } from "./dialog.js";
import { fill, h, into, jsonToggle, jsonView, listFor, safeLink, stayAtEnd, unread } from "./dom.js";
import { face } from "./faces.js";
import { markdown } from "./markdown.js";

const CHANNEL = "19:alerts@thread.tacv2";
const CARD = "application/vnd.microsoft.card.adaptive";
const opened = Date.now() / 1000;
const SHOWN = 8; // seconds that a toast stands
const refreshed = new Set();
const isUnread = unread();
let visit = 0; // grows whenever somebody comes to look: then Teams lets cards refresh themselves

export function teamsPane(root, context) {
  let chosen = CHANNEL;
  let state = null;
  let viewer = "";
  let timer = null;
  const lists = new Map();
  const scroller = h("div", { class: "scroller" });
  const title = h("div", { class: "pane-title" });
  const nav = h("nav", { "aria-label": "Teams conversations" });
  const layers = h("div", { class: "layers" });
  const toasts = h("div", { class: "toasts", role: "status" });
  const box = h("input", { type: "text", class: "say", "aria-label": "Message in Teams", autocomplete: "off" });
  const form = h("form", { class: "composer", onsubmit: say }, box, h("button", { type: "submit", class: "send", "aria-label": "Send to Teams" }, "➤"));
  root.replaceChildren(h("aside", { class: "side" }, h("div", { class: "workspace" }, "Teams"), nav), h("div", { class: "pane" }, title, scroller, form), layers, toasts);
  return { draw };

  function draw(next) {
    state = next.teams;
    if (viewer !== context.me) visit += 1;
    viewer = context.me;
    if (chosen !== CHANNEL) chosen = state.conversations[1].id;
    const entries = [["Playground"], [CHANNEL, "Alerts"], ["Chat"], [state.conversations[1].id, "Quell"]];
    const heading = (words) => [words, 0, () => h("h4", null, words)];
    fill(nav, entries.map(([key, label]) => (label ? [key, [chosen === key, isNew(key)], (old) => link(key, label, old)] : heading(key))));
    title.replaceChildren(h("strong", null, chosen === CHANNEL ? "Alerts" : "Quell"), h("span", { class: "tab" }, chosen === CHANNEL ? "Posts" : "Chat"));
    box.placeholder = chosen === CHANNEL ? "@Quell help" : "Type a message to Quell";
    drawMessages();
    drawDialog();
    drawToasts();
  }

  function link(key, label, old) {
    const props = { "aria-current": chosen === key ? "page" : null, class: isNew(key) ? "unread" : null };
    return into(old, h("button", { type: "button", ...props, onclick: () => go(key) }, label));
  }

  function isNew(key) {
    return isUnread(context.me, key, state.messages[key]?.at(-1)?.id, chosen === key);
  }

  function go(key) {
    chosen = key;
    visit += 1;
    context.redraw();
    scroller.scrollTop = scroller.scrollHeight;
  }

  function drawMessages() {
    const all = state.messages[chosen] ?? [];
    const isRoot = (one) => !one.root || !all.some((other) => other.id === one.root);
    all.forEach((message) => refresh(message, context));
    const items = all.filter(isRoot).map((message) => ({ message, replies: all.filter((one) => one.root === message.id) }));
    const list = listFor(scroller, lists, `${context.me} ${chosen}`, "Teams messages");
    stayAtEnd(scroller, () => fill(list, items.map((item) => [item.message.id, item, (old) => post(item, context, chosen === CHANNEL, old)])));
  }

  function drawDialog() {
    const given = state.dialog;
    fill(layers, [given && [`${context.me} ${given.message} ${given.title}`, given, (old) => dialog(given, context, old)]]);
  }

  function drawToasts() {
    const left = (one) => one.at + SHOWN - Date.now() / 1000;
    const fresh = state.notices.filter((one) => one.at > opened && left(one) > 0);
    fill(toasts, fresh.map((one) => [one.id, one, () => h("div", { class: `toast ${one.is_error ? "error" : ""}` }, one.text)]));
    clearTimeout(timer);
    if (fresh.length) timer = setTimeout(context.redraw, 1000 * Math.min(...fresh.map(left)) + 50);
  }

  function say(event) {
    event.preventDefault();
    const text = box.value.trim();
    box.value = "";
    scroller.scrollTop = scroller.scrollHeight;
    if (text) context.act({ do: "message", conversation: chosen, text });
  }
}

function post({ message, replies }, context, isChannel, old) {
  const node = old ?? h("div", { class: isChannel ? "post" : "chat-line" });
  fill(node, [
    ["message", message, (drawn) => article(message, context, drawn)],
    replies.length && ["answers", replies, (drawn) => answers(replies, context, drawn)],
    isChannel && ["reply", 0, () => replyForm(message, context)],
  ]);
  return node;
}

function answers(replies, context, node = h("div", { class: "answers" })) {
  fill(node, replies.map((one) => [one.id, one, (old) => article(one, context, old)]));
  return node;
}

function replyForm(message, context) {
  const say = (event) => {
    event.preventDefault();
    const text = event.target.elements[0].value.trim();
    if (text) context.act({ do: "message", thread: message.id, text });
    event.target.reset();
  };
  return h("form", { class: "reply", onsubmit: say }, h("input", { type: "text", "aria-label": "Reply in Teams", placeholder: "Reply", autocomplete: "off" }));
}

function article(message, context, old) {
  const name = message.is_bot ? "Quell" : context.people.get(message.from) ?? message.from;
  const sent = message.sent && (message.own ? { shared: message.sent, "this person's own": message.own } : message.sent);
  const node = old ?? h("article", { class: "msg", data: { platform: "teams", message: message.id } },
    face(message.is_bot ? "quell" : message.from, name), h("div", { class: "msg-main" }));
  const badge = message.only_for ? "Only you can see this" : message.own ? "Your own view" : "";
  fill(node.lastChild, [
    ["by", [message.edited, badge, Boolean(sent)], (drawn) => byline({ name, badge, sent, ...message }, drawn)],
    message.text && ["text", [message.text, message.entities], () => text(message)],
    ...cardsOf(message).map((card, index) => [`card ${index}`, card, (drawn) => drawCard(card, actions(message, context), drawn)]),
    sent && ["json", sent, (drawn) => jsonView(sent, drawn)],
  ]);
  return node;
}

function byline({ name, at, edited, badge, sent }, node = h("div", { class: "by" })) {
  fill(node, [
    ["name", name, () => h("strong", null, name)],
    ["time", at, () => h("time", null, hour(at))],
    edited && ["edited", 0, () => h("small", null, "Edited")],
    badge && ["badge", badge, () => h("span", { class: "badge" }, badge)],
    sent && ["toggle", 0, () => jsonToggle()],
  ]);
  return node;
}

function text(message) {
  if (!message.is_bot) return h("div", { class: "markdown" }, typed(message.text));
  return markdown(mentioned(message.text, message.entities));
}

const typed = (words) => words.split(/(@quell\b|https?:\/\/\S+)/i).map((part) => {
  if (/^@quell$/i.test(part)) return h("span", { class: "mention" }, "@Quell");
  return /^https?:/.test(part) ? h("a", { href: safeLink(part), target: "_blank", rel: "noreferrer" }, part) : part;
});

function cardsOf(message) {
  if (message.own) return [message.own];
  return (message.attachments ?? []).filter((one) => one.contentType === CARD).map((one) => one.content);
}

function actions(message, context, isDialog = false) {
  return {
    run(action, inputs) {
      const does = isDialog ? "submit_dialog" : action.type === "Action.Execute" ? "execute" : "submit";
      return context.act({ do: does, message: message.id, action, inputs });
    },
    async search(dataset, words) {
      const answer = await context.act({ do: "search", message: message.id, dataset, text: words });
      return answer.results ?? [];
    },
  };
}

// Teams asks for a person's own card by itself when the card names that person, each time they come to look at it.
function refresh(message, context) {
  const wanted = cardsOf(message)[0]?.refresh?.userIds ?? [];
  const mark = `${message.id} ${context.me} ${visit} ${JSON.stringify(message.attachments ?? [])}`;
  if (!wanted.includes(context.person().teams_id) || refreshed.has(mark)) return;
  refreshed.add(mark);
  context.act({ do: "refresh", message: message.id });
}

function dialog(given, context, old) {
  const layer = old ?? overlay(dialogBox(given, context));
  fill(layer.querySelector(".modal-body"), [
    ["card", given.card, (drawn) => drawCard(given.card, actions({ id: given.message }, context, true), drawn)],
    ["json", given.sent, (drawn) => jsonView(given.sent, drawn)],
  ]);
  return layer;
}

function dialogBox(given, context) {
  const close = () => context.act({ do: "close_dialog" });
  return h("div", { role: "dialog", "aria-modal": "true", "aria-label": given.title || "Dialog", class: "modal", data: { dialog: given.message } },
    h("header", null, h("img", { class: "face small", src: "static/quell.svg", alt: "" }), h("h2", null, given.title || "Quell"),
      jsonToggle("quiet"),
      h("button", { type: "button", class: "quiet", "aria-label": "Close dialog", onclick: close }, "✕")),
    h("div", { class: "modal-body" }));
}
