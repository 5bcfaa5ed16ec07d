// The Slack pane: channels, messages with their threads, and a box to type into.

import { blockParts } from "./blocks.js";
import { hour } from "./clock.js";
import { fill, h, into, jsonToggle, jsonView, listFor, safeLink, stayAtEnd, unread } from "./dom.js";
import { face } from "./faces.js";
import { drawModals } from "./modal.js";
import { mrkdwn } from "./mrkdwn.js";
import { placeOf } from "./place.js";

const isUnread = unread();

export function slackPane(root, context) {
  let channel = "CALERTS";
  let state = null;
  const lists = new Map();
  const scroller = h("div", { class: "scroller" });
  const home = h("div", { class: "home", hidden: true });
  const title = h("div", { class: "pane-title" });
  const nav = h("nav", { "aria-label": "Slack channels" });
  const box = h("input", { type: "text", class: "say", "aria-label": "Message in Slack", autocomplete: "off" });
  const form = h("form", { class: "composer", onsubmit: say }, box, h("button", { type: "submit", "aria-label": "Send to Slack", class: "send" }, "➤"));
  const layers = h("div", { class: "layers" });
  root.replaceChildren(
    h("aside", { class: "side" }, h("div", { class: "workspace" }, "Playground"), nav),
    h("div", { class: "pane" }, title, scroller, home, form),
    layers,
  );
  return { draw };

  function draw(next) {
    state = next.slack;
    if (channel.startsWith("D")) channel = state.channels[1].id;
    drawNav();
    const isHome = channel === "home";
    scroller.hidden = form.hidden = isHome;
    home.hidden = !isHome;
    title.replaceChildren(...titleOf(channel, next));
    if (isHome) drawHome();
    else drawMessages();
    drawModals(layers, state.views, context);
  }

  function drawNav() {
    const entries = [["Channels"], ["CALERTS", "# alerts"], ["Direct messages"], [state.channels[1].id, "Quell"], ["Apps"], ["home", "Quell home"]];
    const heading = (words) => [words, 0, () => h("h4", null, words)];
    fill(nav, entries.map(([key, label]) => (label ? [key, [channel === key, isNew(key)], (old) => link(key, label, old)] : heading(key))));
  }

  function link(key, label, old) {
    const props = { "aria-current": channel === key ? "page" : null, class: isNew(key) ? "unread" : null };
    return into(old, h("button", { type: "button", ...props, onclick: () => go(key) }, label));
  }

  function isNew(key) {
    return isUnread(context.me, key, state.messages[key]?.at(-1)?.ts, channel === key);
  }

  function go(key) {
    channel = key;
    if (key === "home") context.act({ do: "open_home" });
    context.redraw();
    scroller.scrollTop = scroller.scrollHeight;
  }

  function drawHome() {
    fill(home, [[context.me, state.home, (old) => homePage(state.home, context, old)]]);
  }

  function drawMessages() {
    const all = state.messages[channel] ?? [];
    const replies = new Map();
    const roots = [];
    for (const message of all) {
      const parent = message.thread_ts && message.thread_ts !== message.ts && all.find((one) => one.ts === message.thread_ts);
      if (parent) replies.set(parent.ts, [...(replies.get(parent.ts) ?? []), message]);
      if (!parent || message.reply_broadcast) roots.push(message);
    }
    box.placeholder = channel === "CALERTS" ? "/quell help   or   @Quell help" : "Message Quell";
    const items = roots.map((message) => ({ message, replies: replies.get(message.ts) ?? [] }));
    const list = listFor(scroller, lists, `${context.me} ${channel}`, "Slack messages");
    stayAtEnd(scroller, () => fill(list, items.map((item) => [item.message.ts, item, (old) => thread(item, context, old)])));
  }

  function say(event) {
    event.preventDefault();
    const text = box.value.trim();
    if (!text) return;
    box.value = "";
    scroller.scrollTop = scroller.scrollHeight;
    const command = text.match(/^(\/\S+)\s*(.*)$/s);
    if (command) return context.act({ do: "command", channel, command: command[1], text: command[2] });
    if (channel !== "CALERTS") return context.act({ do: "dm", text });
    return context.act({ do: "say", text });
  }
}

function titleOf(channel, next) {
  const people = h("span", { class: "count" }, `${next.people.length + 1} members`);
  if (channel === "CALERTS") return [h("strong", null, "# alerts"), h("span", { class: "topic" }, "what breaks, and who looks after it"), people];
  return [h("strong", null, channel === "home" ? "Quell" : "Quell"), h("span", { class: "topic" }, channel === "home" ? "Home" : "Direct message")];
}

function homePage(view, context, old) {
  if (!view) return h("p", { class: "empty" }, "The bot has published nothing here yet.");
  const isPage = old?.matches(".home-page");
  const node = isPage ? old : h("article", { class: "home-page", data: { platform: "slack", view: view.id } });
  const place = (node.place ??= placeOf({ view: view.id }, context, {}));
  fill(node, [
    ["toggle", 0, () => jsonToggle()],
    ...blockParts(view.blocks, place),
    ["json", view.sent, (drawn) => jsonView(view.sent, drawn)],
  ]);
  return node;
}

function thread({ message, replies }, context, node = h("div", { class: "thread" })) {
  const isReply = Boolean(message.thread_ts && message.thread_ts !== message.ts); // shown in the channel too
  fill(node, [
    ["message", message, (old) => article(message, context, isReply, old)],
    !message.only_for && !isReply && ["replies", replies, (old) => repliesOf(message, replies, context, old)],
  ]);
  return node;
}

function repliesOf(message, replies, context, old) {
  const node = old ?? h("details", { class: "replies" }, h("summary"), h("div"), replyForm(message, context));
  const [summary, list] = node.children;
  if (replies.length && !list.childElementCount) node.open = true;
  summary.textContent = replies.length ? `${replies.length} ${replies.length === 1 ? "reply" : "replies"}` : "Reply in thread";
  fill(list, replies.map((reply) => [reply.ts, reply, (drawn) => article(reply, context, false, drawn)]));
  return node;
}

function replyForm(message, context) {
  const say = (event) => {
    event.preventDefault();
    const [field, aloud] = event.target.elements;
    const text = field.value.trim();
    if (text) context.act({ do: "say", channel: message.channel, thread_ts: message.ts, reply_broadcast: aloud?.checked ?? false, text });
    event.target.reset();
  };
  const aloud = message.channel === "CALERTS" ? h("label", null, h("input", { type: "checkbox" }), "also to #alerts") : null;
  return h("form", { class: "reply", onsubmit: say }, h("input", { type: "text", "aria-label": "Reply in thread", placeholder: "Reply…", autocomplete: "off" }), aloud);
}

function article(message, context, isAloud, old) {
  const isBot = Boolean(message.bot_id);
  const name = message.username ?? (isBot ? "Quell" : context.people.get(message.user) ?? message.user);
  const sent = message.sent ?? message.unfurls;
  const node = old ?? h("article", { class: `msg ${message.only_for ? "ephemeral" : ""}`, data: { platform: "slack", message: message.ts } },
    face(isBot ? "quell" : message.user, name), h("div", { class: "msg-main" }));
  const place = (node.place ??= placeOf({ message: message.ts, channel: message.channel }, context, {}));
  fill(node.lastChild, [
    message.only_for && ["only", 0, () => h("div", { class: "only" }, "👁 Only visible to you")],
    isAloud && ["aloud", 0, () => h("div", { class: "only" }, "↳ replied in a thread")],
    ["by", [name, Boolean(sent)], (drawn) => byline({ name, isBot, sent, at: Number(message.ts) }, drawn)],
    ["content", [message.text, message.blocks, message.attachments, message.unfurls], (drawn) => content(message, place, context, drawn)],
    message.edited && ["edited", 0, () => h("small", { class: "edited" }, "(edited)")],
    sent && ["json", sent, (drawn) => jsonView(sent, drawn)],
  ]);
  return node;
}

function byline({ name, isBot, sent, at }, node = h("div", { class: "by" })) {
  fill(node, [
    ["name", name, () => h("strong", null, name)],
    isBot && ["app", 0, () => h("span", { class: "badge" }, "APP")],
    ["time", at, () => h("time", null, hour(at))],
    sent && ["toggle", 0, () => jsonToggle()],
  ]);
  return node;
}

function content(message, place, context, node = h("div", { class: "content" })) {
  const text = () => h("div", { class: "b-text" }, mrkdwn(message.text, context.people));
  const extras = [...(message.attachments ?? []), ...Object.values(message.unfurls ?? {})];
  fill(node, [
    ...(message.blocks ? blockParts(message.blocks, place) : [["text", message.text, text]]),
    ...extras.map((one, index) => [`attachment ${index}`, one, (old) => attachment(one, place, context, old)]),
  ]);
  return node;
}

function attachment(one, place, context, node = h("div", { class: "attachment" })) {
  fill(node, [
    one.title && ["title", [one.title, one.title_link], () => h("a", { href: safeLink(one.title_link ?? "#"), class: "b-title" }, one.title)],
    one.text && ["text", one.text, () => mrkdwn(one.text, context.people)],
    ...blockParts(one.blocks, place),
  ]);
  node.style.borderLeftColor = /^#[0-9a-f]{3,6}$/i.test(one.color ?? "") ? one.color : "";
  return node;
}
