// Building and keeping DOM without a framework. Text always becomes text nodes, never markup.

const DEEDS = ["onclick", "onchange", "oninput", "onkeydown", "onsubmit"];

export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node[name] = value;
  else if (name === "data") Object.assign(node.dataset, value);
  else if (name === "value" || name === "checked") node[name] = value;
  else node.setAttribute(name, value === true ? "" : value);
}

// Keeps the children of a node in step with its parts: `[key, item, draw]` each, or nothing. What did not change is left
// alone and stays where it is; what did is drawn by `draw(old)`, which may answer the old node brought up to date.
export function fill(node, parts) {
  const old = node.filled ?? new Map();
  const fresh = new Map();
  for (const [key, item, draw] of parts.filter(Boolean)) {
    const mark = JSON.stringify(item);
    const known = old.get(key);
    fresh.set(key, known?.mark === mark ? known : { mark, node: draw(known?.node) });
  }
  node.filled = fresh;
  arrange(node, [...fresh.values()].map((one) => one.node));
}

// A node that is moved loses its focus, its scrolling and a press on it, so what stands in order is not touched.
function arrange(list, nodes) {
  const wanted = new Set(nodes);
  for (const node of [...list.childNodes]) if (!wanted.has(node)) node.remove();
  let next = list.firstChild;
  for (const node of nodes) {
    if (node === next) next = next.nextSibling;
    else list.insertBefore(node, next);
  }
}

// Gives a control that stands there already the looks and deeds of a fresh one: it keeps the focus.
export function into(old, fresh) {
  if (!old) return fresh;
  for (const name of old.getAttributeNames()) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const name of fresh.getAttributeNames()) if (old.getAttribute(name) !== fresh.getAttribute(name)) old.setAttribute(name, fresh.getAttribute(name));
  for (const name of DEEDS) old[name] = fresh[name];
  old.replaceChildren(...fresh.childNodes);
  return old;
}

// Which conversations a person has not read to the end; looking at one reads it.
export function unread() {
  const read = new Map();
  return (me, key, latest, isOpen) => {
    const mark = `${me} ${key}`;
    if (isOpen || !read.has(mark)) read.set(mark, latest);
    return read.get(mark) !== latest;
  };
}

// The list of messages of one person in one channel, shown in its scroller; the others wait as they were left.
export function listFor(scroller, lists, key, label) {
  if (!lists.has(key)) lists.set(key, h("div", { class: "messages", role: "log", "aria-label": label }));
  const list = lists.get(key);
  if (scroller.firstChild !== list) scroller.replaceChildren(list);
  return list;
}

// Runs an update of a scrolled list and stays at its end if the reader was there; not while a menu is open in it, which
// would slide away under the finger.
export function stayAtEnd(scroller, update) {
  const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  const isFollowed = left < 60 || scroller.scrollTop === scroller.waitsAt;
  update();
  const isMenuOpen = scroller.querySelector("[aria-haspopup][aria-expanded='true']");
  scroller.waitsAt = isFollowed && isMenuOpen ? scroller.scrollTop : null; // it follows again when the menu is closed
  if (isFollowed && !isMenuOpen) scroller.scrollTop = scroller.scrollHeight;
}

export function safeLink(url) {
  try {
    const parsed = new URL(url, location.href);
    return ["http:", "https:", "mailto:"].includes(parsed.protocol) ? parsed.href : "#";
  } catch {
    return "#";
  }
}

// What the bot sent, folded away until somebody wants to see it.
export function jsonView(sent, old) {
  const node = old ?? h("pre", { class: "json", hidden: true });
  node.textContent = JSON.stringify(sent, null, 2);
  return node;
}

export function jsonToggle(className = "json-toggle") {
  const toggle = (event) => {
    const json = event.currentTarget.closest("[data-message], [data-view], [data-dialog]").querySelector(".json");
    json.hidden = !json.hidden;
  };
  return h("button", { type: "button", class: className, title: "Show the JSON the bot sent", onclick: toggle }, "JSON");
}
