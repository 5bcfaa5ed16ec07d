// The Slack pane: channels, messages with their threads, and a box to type into.

import { blocks } from "./blocks.js";
import { hour } from "./clock.js";
import { h, jsonView, keep, reuse, safeLink, stayAtEnd, unread } from "./dom.js";
import { face } from "./faces.js";
import { drawModal } from "./modal.js";
import { mrkdwn } from "./mrkdwn.js";
import { placeOf } from "./place.js";

const drawn = new Map();
const isUnread = unread();

export function slackPane(root, context) {
  let channel = "CALERTS";
  let state = null;
  const list = h("div", { class: "messages", role: "log", "aria-label": "Slack messages" });
  const scroller = h("div", { class: "scroller" }, list);
  const home = h("div", { class: "home", hidden: true });
  const title = h("div", { class: "pane-title" });
  const nav = h("nav", { "aria-label": "Slack channels" });
  const box = h("input", { type: "text", class: "say", "aria-label": "Message in Slack", autocomplete: "off" });
  const form = h("form", { class: "composer", onsubmit: say }, box, h("button", { type: "submit", "aria-label": "Send to Slack", class: "send" }, "➤"));
  root.replaceChildren(
    h("aside", { class: "side" }, h("div", { class: "workspace" }, "Playground"), nav),
    h("div", { class: "pane" }, title, scroller, home, form),
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
    drawModal(root, state.views, context);
  }

  function drawNav() {
    const entries = [["Channels"], ["CALERTS", "# alerts"], ["Direct messages"], [state.channels[1].id, "Quell"], ["Apps"], ["home", "Quell home"]];
    nav.replaceChildren(...entries.map(([key, label]) => (label ? link(key, label) : h("h4", null, key))));
  }

  function link(key, label) {
    return h("button", { type: "button", "aria-current": channel === key ? "page" : null, class: isNew(key) ? "unread" : null, onclick: () => go(key) }, label);
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
    const page = reuse(drawn, "home", { hash: state.home?.hash, me: context.me }, () => homePage(state.home, context));
    if (home.firstChild !== page) home.replaceChildren(page);
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
    const items = roots.map((message) => ({ message, replies: replies.get(message.ts) ?? [], me: context.me }));
    stayAtEnd(scroller, () => keep(list, items, (item) => item.message.ts, (item) => thread(item, context)));
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

function homePage(view, context) {
  if (!view) return h("p", { class: "empty" }, "The bot has published nothing here yet.");
  const json = jsonView(view.sent);
  json.hidden = true;
  return h("article", { class: "home-page", data: { platform: "slack", view: view.id } }, jsonToggle(json), blocks(view.blocks, placeOf({ view: view.id }, context, {})), json);
}

function thread({ message, replies }, context) {
  const isReply = Boolean(message.thread_ts && message.thread_ts !== message.ts); // shown in the channel too
  const node = h("div", { class: "thread" }, drawMessage(message, context, isReply));
  if (!message.only_for && !isReply) node.append(repliesOf(message, replies, context));
  return node;
}

function repliesOf(message, replies, context) {
  const say = (event) => {
    event.preventDefault();
    const [field, aloud] = event.target.elements;
    const text = field.value.trim();
    if (text) context.act({ do: "say", channel: message.channel, thread_ts: message.ts, reply_broadcast: aloud?.checked ?? false, text });
    event.target.reset();
  };
  const count = replies.length ? `${replies.length} ${replies.length === 1 ? "reply" : "replies"}` : "Reply in thread";
  const aloud = message.channel === "CALERTS" ? h("label", null, h("input", { type: "checkbox" }), "also to #alerts") : null;
  return h("details", { class: "replies", open: replies.length > 0 },
    h("summary", null, count),
    replies.map((reply) => drawMessage(reply, context)),
    h("form", { class: "reply", onsubmit: say }, h("input", { type: "text", "aria-label": "Reply in thread", placeholder: "Reply…", autocomplete: "off" }), aloud));
}

function drawMessage(message, context, isAloud = false) {
  return reuse(drawn, `${message.ts} ${isAloud}`, { message, me: context.me }, () => article(message, context, isAloud));
}

function jsonToggle(json) {
  return h("button", { type: "button", class: "json-toggle", title: "Show the JSON the bot sent", onclick: () => (json.hidden = !json.hidden) }, "JSON");
}

function article(message, context, isAloud) {
  const isBot = Boolean(message.bot_id);
  const name = message.username ?? (isBot ? "Quell" : context.people.get(message.user) ?? message.user);
  const place = placeOf({ message: message.ts, channel: message.channel }, context, {});
  const sent = message.sent ?? message.unfurls;
  const json = sent ? jsonView(sent) : null;
  if (json) json.hidden = true;
  const toggle = json ? jsonToggle(json) : null;
  return h("article", { class: `msg ${message.only_for ? "ephemeral" : ""}`, data: { platform: "slack", message: message.ts } },
    face(isBot ? "quell" : message.user, name),
    h("div", { class: "msg-main" },
      message.only_for ? h("div", { class: "only" }, "👁 Only visible to you") : null,
      isAloud ? h("div", { class: "only" }, "↳ replied in a thread") : null,
      h("div", { class: "by" }, h("strong", null, name), isBot ? h("span", { class: "badge" }, "APP") : null, h("time", null, hour(Number(message.ts))), toggle),
      content(message, place, context),
      message.edited ? h("small", { class: "edited" }, "(edited)") : null,
      json));
}

function content(message, place, context) {
  const parts = message.blocks ? blocks(message.blocks, place) : [h("div", { class: "b-text" }, mrkdwn(message.text, context.people))];
  const extras = [...(message.attachments ?? []), ...Object.values(message.unfurls ?? {})];
  return h("div", { class: "content" }, parts, extras.map((one) => attachment(one, place, context)));
}

function attachment(one, place, context) {
  const color = /^#[0-9a-f]{3,6}$/i.test(one.color ?? "") ? one.color : null;
  const title = one.title ? h("a", { href: safeLink(one.title_link ?? "#"), class: "b-title" }, one.title) : null;
  const node = h("div", { class: "attachment" }, title, one.text ? mrkdwn(one.text, context.people) : null, blocks(one.blocks, place));
  if (color) node.style.borderLeftColor = color;
  return node;
}
