// Building and keeping DOM without a framework. Text always becomes text nodes, never markup.

export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "data") Object.assign(node.dataset, value);
  else if (name === "value" || name === "checked") node[name] = value;
  else node.setAttribute(name, value === true ? "" : value);
}

// Keeps the children of a list in step with its items; a child is made anew only when its item changed.
export function keep(list, items, keyOf, render) {
  const old = list.kept ?? new Map();
  const fresh = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const mark = JSON.stringify(item);
    const known = old.get(key);
    fresh.set(key, known?.mark === mark ? known : { mark, node: render(item) });
  }
  const wanted = [...fresh.values()].map((one) => one.node);
  wanted.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
  while (list.children.length > wanted.length) list.lastElementChild.remove();
  list.kept = fresh;
}

// The node drawn before for the same item, with whatever a person ticked or typed in it; a fresh one when the item changed.
export function reuse(drawn, key, item, render) {
  const mark = JSON.stringify(item);
  if (drawn.get(key)?.mark !== mark) drawn.set(key, { mark, node: render() });
  return drawn.get(key).node;
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

// Runs an update of a scrolled list and stays at its end if the reader was there.
export function stayAtEnd(scroller, update) {
  const wasAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  update();
  if (wasAtEnd) scroller.scrollTop = scroller.scrollHeight;
}

export function safeLink(url) {
  try {
    const parsed = new URL(url, location.href);
    return ["http:", "https:", "mailto:"].includes(parsed.protocol) ? parsed.href : "#";
  } catch {
    return "#";
  }
}

export function jsonView(sent) {
  return h("pre", { class: "json" }, JSON.stringify(sent, null, 2));
}
