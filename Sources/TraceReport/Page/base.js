"use strict";
// Data, elements, numbers, times and tables. What was captured becomes text by way of textContent only.

const data = JSON.parse(document.getElementById("data").textContent);
const strings = data.strings;

const byId = (id) => document.getElementById(id);

/** The places of columns by their names. */
function places(names) {
  const found = {};
  names.forEach((name, place) => { found[name] = place; });
  return found;
}

/** An element with properties and children; a child that is text stays text. */
function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== "") element.append(child);
  }
  return element;
}

/** An element of a drawing. */
function draw(tag, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/** A drawing that fills its host, with a text for those who do not see it. */
function drawing(host, height, label) {
  const width = Math.max(260, Math.floor(host.clientWidth || 600));
  const svg = draw("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  host.replaceChildren(svg);
  return { svg, width };
}

const add = (svg, tag, attributes, text) => {
  const element = draw(tag, attributes, text);
  svg.append(element);
  return element;
};

/** A text that fits: what is in its middle gives way, because paths differ at their ends. */
function fit(text, room) {
  if (text.length <= room) return text;
  const head = Math.max(4, Math.floor(room * 0.3));
  return `${text.slice(0, head)}…${text.slice(text.length - Math.max(4, room - head - 1))}`;
}

/** Shortens the text of a drawing until it is so wide at most. */
function squeeze(element, width) {
  const whole = element.textContent;
  let room = whole.length;
  for (let wide = element.getComputedTextLength(); wide > width && room > 9; wide = element.getComputedTextLength()) {
    room = Math.min(room - 1, Math.floor((room * width) / wide));
    element.textContent = fit(whole, Math.max(9, room));
  }
}

// Numbers

const grouping = new Intl.NumberFormat("en-US");
const grouped = (number) => grouping.format(number);

/** `1 flow`, `2 flows`. */
const counted = (number, noun) => `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;

const orDash = (number) => (number ? grouped(number) : "-");

/** Bytes in a few letters, for axes. */
function shortBytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let rest = number;
  while (rest >= 1000 && unit < units.length - 1) { rest /= 1000; unit += 1; }
  return `${rest >= 10 || unit === 0 ? Math.round(rest) : rest.toFixed(1)} ${units[unit]}`;
}

/** Nanoseconds in a few letters: `38 us`, `9.75 ms`, `7.9 s`. */
function span(nanoseconds) {
  if (nanoseconds < 0) return "-";
  const units = [["ns", 1], ["us", 1e3], ["ms", 1e6], ["s", 1e9]];
  let [unit, scale] = units[0];
  for (const [name, size] of units) if (nanoseconds >= size) [unit, scale] = [name, size];
  const number = nanoseconds / scale;
  if (unit === "s" && number >= 1000) return `${grouped(Math.round(number))} s`;
  return `${number >= 100 ? Math.round(number) : Number(number.toPrecision(3))} ${unit}`;
}

/** Milliseconds with three digits, as `exchanges` shows them; -1 stands for none. */
const milliseconds = (nanoseconds) =>
  nanoseconds < 0 ? "-" : `${grouped(Math.floor(nanoseconds / 1e6))}.${String(Math.floor(nanoseconds / 1e3) % 1000).padStart(3, "0")}`;

/** Seconds with three digits, as `flows` shows them. */
const seconds = (nanoseconds) =>
  `${Math.floor(nanoseconds / 1e9)}.${String(Math.floor(nanoseconds / 1e6) % 1000).padStart(3, "0")}`;

/** The next number that reads well: 1, 2 or 5 with zeros. */
function round(number) {
  const power = 10 ** Math.floor(Math.log10(Math.max(number, 1e-9)));
  for (const step of [1, 2, 5, 10]) if (number <= step * power) return step * power;
  return 10 * power;
}

// Times are nanoseconds behind the beginning of the trace.

let isLocal = false;

function clock(nanoseconds) {
  const micros = Math.floor(nanoseconds / 1000);
  const date = new Date(data.base_ms + Math.floor(micros / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const rest = String(((micros % 1000) + 1000) % 1000).padStart(3, "0");
  if (!isLocal) {
    const text = date.toISOString();
    return { day: text.slice(0, -14), time: text.slice(-13, -1) + rest };
  }
  return {
    day: `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    time: `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.`
      + String(date.getMilliseconds()).padStart(3, "0") + rest,
  };
}

const zoneName = () => (isLocal ? Intl.DateTimeFormat().resolvedOptions().timeZone || "local" : "UTC");

/** Day and time, or the time where all of the trace is of one day. */
function moment(nanoseconds) {
  const { day, time } = clock(nanoseconds);
  return clock(0).day === clock(data.span_ns).day && day === clock(0).day ? time : `${day} ${time}`;
}

// Tables

/**
 * A table of rows by their numbers, some at a time.
 *
 * A column has a title, `text` (and `node` where it is more than text) of a row, `key` to sort by, and `right`.
 */
class Table {
  constructor(host, columns, options = {}) {
    this.host = host;
    this.columns = columns;
    this.options = options;
    this.sorted = options.sorted ?? -1;
    this.isDown = options.isDown ?? false;
    this.page = options.page ?? 100;
    this.head = make("tr");
    this.body = make("tbody");
    this.pages = make("div", { className: "pages" });
    this.table = make("table", { "aria-label": options.label ?? "" }, make("thead", {}, this.head), this.body);
    host.replaceChildren(this.table, this.pages);
    host.addEventListener("keydown", (event) => this.key(event));
  }

  titles() {
    this.head.replaceChildren(...this.columns.map((column, place) => {
      const title = typeof column.title === "function" ? column.title() : column.title;
      const cell = make("th", { scope: "col", className: column.right ? "right" : "" });
      if (!column.key) { cell.textContent = title; return cell; }
      const button = make("button", { type: "button" }, title);
      button.addEventListener("click", () => this.sort(place));
      cell.append(button);
      if (place === this.sorted) cell.setAttribute("aria-sort", this.isDown ? "descending" : "ascending");
      return cell;
    }));
  }

  sort(place) {
    this.isDown = place === this.sorted ? !this.isDown : Boolean(this.columns[place].right);
    this.sorted = place;
    this.options.onSort?.();
  }

  /** Rows in the order that is asked for; equal ones keep theirs. */
  order(rows) {
    const column = this.columns[this.sorted];
    if (!column) return rows;
    const keys = new Map(rows.map((row) => [row, column.key(row)]));
    const sign = this.isDown ? -1 : 1;
    return [...rows].sort((one, other) => {
      const [left, right] = [keys.get(one), keys.get(other)];
      return left < right ? -sign : left > right ? sign : one - other;
    });
  }

  show(rows) {
    this.rows = rows;
    this.shown = 0;
    this.titles();
    this.body.replaceChildren();
    this.host.scrollTop = 0;
    if (!rows.length) {
      const cell = make("td", { colSpan: this.columns.length, className: "empty" }, this.options.empty ?? "None.");
      this.body.append(make("tr", {}, cell));
    }
    this.more();
  }

  more() {
    const next = this.rows.slice(this.shown, this.shown + this.page);
    const lines = document.createDocumentFragment();
    for (const row of next) lines.append(this.line(row));
    this.body.append(lines);
    this.shown += next.length;
    const left = this.rows.length - this.shown;
    if (left === 0) return this.pages.replaceChildren();
    const button = make("button", { type: "button" }, left <= this.page ? `Show the other ${grouped(left)}` : `Show ${grouped(this.page)} more of ${grouped(left)}`);
    button.addEventListener("click", () => {
      const first = this.shown;
      this.more();
      this.body.rows[first]?.querySelector("button")?.focus();
    });
    this.pages.replaceChildren(button);
  }

  line(row) {
    const line = document.createElement("tr");
    for (const column of this.columns) {
      const cell = document.createElement("td");
      const name = (column.right ? "right" : "") + (column.className ? ` ${column.className}` : "")
        + (column.alarm?.(row) ? " alarm" : "");
      if (name) cell.className = name;
      if (column.node) cell.append(column.node(row)); else cell.textContent = column.text(row);
      line.append(cell);
    }
    this.options.onLine?.(line, row);
    return line;
  }

  /** Up and down go from row to row. */
  key(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const line = event.target.closest("tbody tr");
    if (!line) return;
    const next = event.key === "ArrowDown" ? line.nextElementSibling : line.previousElementSibling;
    const button = next?.querySelector("button");
    if (!button) return;
    event.preventDefault();
    button.focus();
  }
}
