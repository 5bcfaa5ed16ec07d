// Markdown for Teams texts and Slack's markdown blocks. HTML in the source stays text, and links keep to safe schemes.

import { h } from "./dom.js";

let engine = null;

function build() {
  const made = window.markdownit({ html: false, linkify: true, breaks: true }).disable("image");
  made.linkify.set({ fuzzyLink: false, fuzzyEmail: false }); // only what is written as a link
  made.validateLink = (url) => /^(https?:|mailto:)/i.test(url);
  const open = made.renderer.rules.link_open ?? ((tokens, i, options, _env, self) => self.renderToken(tokens, i, options));
  made.renderer.rules.link_open = (tokens, i, ...rest) => {
    tokens[i].attrSet("target", "_blank");
    tokens[i].attrSet("rel", "noreferrer");
    return open(tokens, i, ...rest);
  };
  return made;
}

export function markdownHtml(text) {
  engine ??= build();
  return engine.render(text);
}

export function markdown(text, className = "markdown") {
  if (!window.markdownit) return h("div", { class: className }, text);
  const node = h("div", { class: className });
  node.innerHTML = markdownHtml(text); // markdown-it escapes everything that is not its own markup
  return node;
}
