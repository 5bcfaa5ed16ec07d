// The Teams pane: a channel's threads, a personal chat, dialogs and toasts.

import { drawCard, mentioned } from "./cards.js";
import { hour } from "./clock.js";
import { overlay } from "./dialog.js";
import { h, jsonView, keep, reuse, safeLink, stayAtEnd, unread } from "./dom.js";
import { face } from "./faces.js";
import { markdown } from "./markdown.js";

const CHANNEL = "19:alerts@thread.tacv2";
const CARD = "application/vnd.microsoft.card.adaptive";
const opened = Date.now() / 1000;
const refreshed = new Set();
const drawn = new Map();
const isUnread = unread();
let visit = 0; // grows whenever somebody comes to look: then Teams lets cards refresh themselves

export function teamsPane(root, context) {
  let chosen = CHANNEL;
  let state = null;
  let viewer = "";
  const list = h("div", { class: "messages", role: "log", "aria-label": "Teams messages" });
  const scroller = h("div", { class: "scroller" }, list);
  const title = h("div", { class: "pane-title" });
  const nav = h("nav", { "aria-label": "Teams conversations" });
  const toasts = h("div", { class: "toasts", role: "status" });
  const box = h("input", { type: "text", class: "say", "aria-label": "Message in Teams", autocomplete: "off" });
  const form = h("form", { class: "composer", onsubmit: say }, box, h("button", { type: "submit", class: "send", "aria-label": "Send to Teams" }, "➤"));
  root.replaceChildren(h("aside", { class: "side" }, h("div", { class: "workspace" }, "Teams"), nav), h("div", { class: "pane" }, title, scroller, form), toasts);
  return { draw };

  function draw(next) {
    state = next.teams;
    if (viewer !== context.me) visit += 1;
    viewer = context.me;
    if (chosen !== CHANNEL) chosen = state.conversations[1].id;
    const entries = [["Playground"], [CHANNEL, "Alerts"], ["Chat"], [state.conversations[1].id, "Quell"]];
    nav.replaceChildren(...entries.map(([key, label]) => (label ? link(key, label) : h("h4", null, key))));
    title.replaceChildren(h("strong", null, chosen === CHANNEL ? "Alerts" : "Quell"), h("span", { class: "tab" }, chosen === CHANNEL ? "Posts" : "Chat"));
    box.placeholder = chosen === CHANNEL ? "@Quell help" : "Type a message to Quell";
    drawMessages();
    drawDialog();
    drawToasts();
  }

  function link(key, label) {
    return h("button", { type: "button", "aria-current": chosen === key ? "page" : null, class: isNew(key) ? "unread" : null, onclick: () => go(key) }, label);
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
    const items = all.filter(isRoot).map((message) => ({ message, me: context.me, replies: all.filter((one) => one.root === message.id) }));
    stayAtEnd(scroller, () => keep(list, items, (item) => item.message.id, (item) => post(item, context, chosen === CHANNEL)));
  }

  function drawDialog() {
    const mark = state.dialog ? JSON.stringify([state.dialog, context.me]) : "";
    const old = root.querySelector(":scope > .overlay");
    if (old?.dataset.mark === mark) return;
    old?.remove();
    if (!state.dialog) return;
    const layer = overlay(dialog(state.dialog, context));
    layer.dataset.mark = mark;
    root.append(layer);
  }

  function drawToasts() {
    const fresh = state.notices.filter((one) => one.at > opened && Date.now() / 1000 - one.at < 8);
    keep(toasts, fresh, (one) => one.id, (one) => h("div", { class: `toast ${one.is_error ? "error" : ""}` }, one.text));
    if (fresh.length) setTimeout(context.redraw, 3000);
  }

  function say(event) {
    event.preventDefault();
    const text = box.value.trim();
    box.value = "";
    scroller.scrollTop = scroller.scrollHeight;
    if (text) context.act({ do: "message", conversation: chosen, text });
  }
}

function post({ message, replies }, context, isChannel) {
  const say = (event) => {
    event.preventDefault();
    const text = event.target.elements[0].value.trim();
    if (text) context.act({ do: "message", thread: message.id, text });
    event.target.reset();
  };
  const answers = replies.length ? h("div", { class: "answers" }, replies.map((one) => drawMessage(one, context))) : null;
  const reply = isChannel ? h("form", { class: "reply", onsubmit: say }, h("input", { type: "text", "aria-label": "Reply in Teams", placeholder: "Reply", autocomplete: "off" })) : null;
  return h("div", { class: isChannel ? "post" : "chat-line" }, drawMessage(message, context), answers, reply);
}

function drawMessage(message, context) {
  return reuse(drawn, message.id, { message, me: context.me }, () => article(message, context));
}

function article(message, context) {
  const name = message.is_bot ? "Quell" : context.people.get(message.from) ?? message.from;
  const json = message.sent ? jsonView(message.own ? { shared: message.sent, "this person's own": message.own } : message.sent) : null;
  if (json) json.hidden = true;
  const toggle = json ? h("button", { type: "button", class: "json-toggle", title: "Show the JSON the bot sent", onclick: () => (json.hidden = !json.hidden) }, "JSON") : null;
  return h("article", { class: "msg", data: { platform: "teams", message: message.id } },
    face(message.is_bot ? "quell" : message.from, name),
    h("div", { class: "msg-main" },
      h("div", { class: "by" }, h("strong", null, name), h("time", null, hour(message.at)), message.edited ? h("small", null, "Edited") : null, message.only_for ? h("span", { class: "badge" }, "Only you can see this") : null, message.own ? h("span", { class: "badge" }, "Your own view") : null, toggle),
      message.text ? text(message) : null,
      cardsOf(message).map((card) => drawCard(card, actions(message, context))),
      json));
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

function dialog(given, context) {
  const json = jsonView(given.sent);
  json.hidden = true;
  return h("div", { role: "dialog", "aria-modal": "true", "aria-label": given.title || "Dialog", class: "modal" },
    h("header", null, h("img", { class: "face small", src: "static/quell.svg", alt: "" }), h("h2", null, given.title || "Quell"),
      h("button", { type: "button", class: "quiet", onclick: () => (json.hidden = !json.hidden) }, "JSON"),
      h("button", { type: "button", class: "quiet", "aria-label": "Close dialog", onclick: () => context.act({ do: "close_dialog" }) }, "✕")),
    h("div", { class: "modal-body" }, drawCard(given.card, actions({ id: given.message }, context, true)), json));
}
