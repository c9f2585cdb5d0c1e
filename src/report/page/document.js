"use strict";
// Building and reading the page: elements out of texts, which never become markup, and numbers as people write them.

const find = (id) => document.getElementById(id);

/** An element with these attributes and children. A text becomes a text node, null nothing. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined) made.append(child);
  }
  return made;
}

/** A link to an http(s) address that has a host; anything else stays a text. */
function link(address, text) {
  let url = null;
  try {
    url = new URL(String(address));
  } catch {
    return element("span", {}, text);
  }
  if (!["http:", "https:"].includes(url.protocol) || !url.hostname) return element("span", {}, text);
  return element("a", {href: url.href, rel: "noopener noreferrer", target: "_blank"}, text);
}

const wholeNumbers = new Intl.NumberFormat("en-US", {maximumFractionDigits: 0});
const oneDecimal = new Intl.NumberFormat("en-US", {maximumFractionDigits: 1});
const twoDecimals = new Intl.NumberFormat("en-US", {maximumFractionDigits: 2});
const shortNumbers = new Intl.NumberFormat("en-US", {notation: "compact", maximumFractionDigits: 1});

/** Unknown is not zero. */
const known = (value) => value !== null && value !== undefined && value !== "";
const written = (format) => (value) => (known(value) ? format.format(value) : "");
const asCount = written(wholeNumbers);
const asScore = written(oneDecimal);
const asRate = written(twoDecimals);
const asShort = written(shortNumbers);
const asChange = (value) => (known(value) ? (value > 0 ? "+" : "") + wholeNumbers.format(value) : "");
const plural = (number, one, many = one + "s") => `${asCount(number)} ${number === 1 ? one : many}`;

/** "2026-06-01 03:15" out of "2026-06-01T03:15:00Z"; times are UTC throughout. */
const asTime = (text) => (known(text) ? String(text).slice(0, 16).replace("T", " ") : "");
/** The day alone, where it stands first; some dates come in words. */
const asDay = (text) => (known(text) ? String(text).replace(/^(\d{4}-\d\d-\d\d)T.*$/s, "$1") : "");
/** So that one long name does not fill a plot's key. */
const shortened = (text) => (text.length > 24 ? `${[...text].slice(0, 23).join("")}…` : text);

function asDuration(seconds) {
  if (!known(seconds)) return "";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${oneDecimal.format(seconds)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${oneDecimal.format(seconds / 3600)} h`;
}

/** "content_match" is what files and columns say; on the page it is "content match". */
const asWords = (name) => (known(name) ? String(name).replaceAll("_", " ") : "");

/** A table of texts and elements. A column that begins with "#" holds numbers. */
function table(caption, columns, rows, footer = null) {
  const isNumber = columns.map((name) => name.startsWith("#"));
  const line = (cells, tag) =>
    element("tr", {}, cells.map((cell, i) => element(tag, {class: isNumber[i] ? "number" : ""}, cell)));
  const head = columns.map((name, i) =>
    element("th", {scope: "col", class: isNumber[i] ? "number" : ""}, isNumber[i] ? name.slice(1) : name));
  return element("table", {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, head)),
    element("tbody", {}, rows.map((cells) => line(cells, "td"))),
    footer ? element("tfoot", {}, line(footer, "td")) : null);
}

/** Something that may be wider than the window. */
function scroller(label, content) {
  return element("div", {class: "scroller", role: "region", tabindex: "0", "aria-label": label}, content);
}

/** A colour of the style, as the page's mode has it. */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
