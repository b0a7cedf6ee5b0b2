// Drawings: bytes over time, response times, the ladder and the waterfall of a conversation.

/** A nice step for about so many parts of a length. */
const stepOf = (length, parts) => round(length / Math.max(1, parts));

/** Bytes over time, stacked by job; a part of the time can be selected. */
class Series {
  constructor(host, onSelect) {
    this.host = host;
    this.onSelect = onSelect;
    this.selected = null;
    this.cursor = -1;
    const { values } = data.series;
    this.count = values.length ? values[0].length : 0;
    this.sums = Array.from({ length: this.count }, (_, at) => values.reduce((sum, job) => sum + job[at], 0));
    this.top = Math.max(1, ...this.sums);
    host.tabIndex = 0;
    host.setAttribute("role", "group");
    host.setAttribute("aria-label", "Bytes over time");
    host.setAttribute("aria-describedby", "keys");
    host.addEventListener("keydown", (event) => this.key(event));
    host.addEventListener("pointerdown", (event) => this.press(event));
    host.addEventListener("pointermove", (event) => this.move(event));
    host.addEventListener("pointerup", () => this.release());
    host.addEventListener("pointercancel", () => { this.from = null; });
  }

  /** Where the drawing has its left end, and how wide it is. */
  static left = 64;

  render() {
    const height = 230;
    const bottom = height - 34;
    if (!this.count) {
      this.host.replaceChildren(make("p", { className: "empty" }, "No bytes."));
      return;
    }
    const { svg, width } = drawing(this.host, height, "Bytes over time, stacked by job");
    const { values, start_ns: start, width_ns: bucket } = data.series;
    this.wide = width - Series.left - 12;
    const x = (at) => Series.left + (this.wide * at) / this.count;
    const y = (bytes) => bottom - ((bottom - 14) * bytes) / this.top;
    const step = stepOf(this.top, 4);
    for (let bytes = 0; bytes <= this.top; bytes += step) {
      add(svg, "path", { class: "axis", d: `M${Series.left} ${y(bytes)}H${width - 12}` });
      add(svg, "text", { class: "soft", x: Series.left - 6, y: y(bytes) + 4, "text-anchor": "end" }, shortBytes(bytes));
    }
    const base = new Array(this.count).fill(0);
    values.forEach((job, place) => {
      let path = "";
      for (let at = 0; at < this.count; at += 1) {
        if (!job[at]) continue;
        const low = y(base[at]);
        base[at] += job[at];
        const high = y(base[at]);
        const wide = Math.max(this.wide / this.count - (this.wide / this.count > 4 ? 1 : 0), 0.5);
        path += `M${x(at).toFixed(2)} ${low.toFixed(2)}h${wide.toFixed(2)}V${high.toFixed(2)}h${(-wide).toFixed(2)}z`;
      }
      add(svg, "path", { class: `c${place}`, d: path });
    });
    this.ticks(svg, x, bottom, start, bucket);
    add(svg, "text", { class: "soft", x: width - 12, y: height - 4, "text-anchor": "end" }, `bytes in ${span(bucket)} each, time in ${zoneName()}`);
    this.band = add(svg, "rect", { class: "chosen-time", y: 14, height: bottom - 14, visibility: "hidden" });
    this.line = add(svg, "path", { class: "cursor", visibility: "hidden" });
    this.bottom = bottom;
    this.mark();
  }

  ticks(svg, x, bottom, start, bucket) {
    const room = Math.max(3, Math.floor(this.wide / 120));
    const whole = bucket * this.count;
    const choices = [1e3, 1e6, 1e9, 6e10, 3.6e12, 8.64e13].flatMap((unit) => (
      unit >= 8.64e13 ? [1, 7, 30, 365].map((n) => n * unit)
        : unit >= 3.6e12 ? [1, 3, 6, 12].map((n) => n * unit)
          : unit >= 1e9 ? [1, 5, 10, 30].map((n) => n * unit) : [1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * unit)));
    const step = choices.find((choice) => whole / choice <= room) ?? whole;
    // Ticks stand at whole seconds, minutes and hours of UTC.
    const offset = ((data.base_ms * 1e6) % step + start % step + step) % step;
    for (let time = step - offset; time <= whole; time += step) {
      const at = x(time / bucket);
      add(svg, "path", { class: "axis", d: `M${at} ${bottom}v5` });
      const { day, time: of } = clock(start + time);
      const text = step >= 8.64e13 ? day : step >= 6e10 ? of.slice(0, 5) : step >= 1e9 ? of.slice(0, 8) : of.slice(0, step >= 1e6 ? 12 : 15);
      const anchor = at > Series.left + this.wide - 40 ? "end" : at < Series.left + 30 ? "start" : "middle";
      add(svg, "text", { class: "soft", x: at, y: bottom + 17, "text-anchor": anchor }, text);
    }
  }

  at(event) {
    const x = event.clientX - this.host.getBoundingClientRect().left - Series.left;
    return Math.min(this.count - 1, Math.max(0, Math.floor((x * this.count) / this.wide)));
  }

  press(event) {
    if (!this.count || event.button !== 0) return;
    this.from = this.at(event);
    this.host.setPointerCapture(event.pointerId);
  }

  move(event) {
    if (!this.count) return;
    this.cursor = this.at(event);
    if (this.from !== null && this.from !== undefined && this.from !== this.cursor) this.select(this.from, this.cursor, true);
    else this.mark();
  }

  release() {
    if (this.from === null || this.from === undefined) return;
    if (this.from === this.cursor && !this.moved) this.select(null);
    else if (this.selected) this.onSelect(this.range());
    this.from = null;
    this.moved = false;
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") { this.select(null); return; }
    if (!step || !this.count) return;
    event.preventDefault();
    const old = this.cursor < 0 ? 0 : this.cursor;
    this.cursor = Math.min(this.count - 1, Math.max(0, this.cursor < 0 ? 0 : old + step));
    if (event.shiftKey) {
      this.anchor ??= old;
      this.select(this.anchor, this.cursor);
    } else {
      this.anchor = null;
      this.mark();
    }
  }

  /** Selects from one bucket to another; nothing when the first is null. */
  select(from, to, isDragged) {
    this.selected = from === null ? null : [Math.min(from, to), Math.max(from, to)];
    this.moved = Boolean(isDragged);
    this.mark();
    if (!isDragged) this.onSelect(this.range());
  }

  /** The selected time, its end not included; null when all of it is. */
  range() {
    if (!this.selected) return null;
    const { start_ns: start, width_ns: bucket } = data.series;
    return [start + this.selected[0] * bucket, start + (this.selected[1] + 1) * bucket];
  }

  mark() {
    if (!this.band) return;
    const wide = this.wide / this.count;
    if (this.selected) {
      this.band.setAttribute("x", Series.left + this.selected[0] * wide);
      this.band.setAttribute("width", (this.selected[1] - this.selected[0] + 1) * wide);
    }
    this.band.setAttribute("visibility", this.selected ? "visible" : "hidden");
    this.line.setAttribute("visibility", this.cursor < 0 ? "hidden" : "visible");
    this.line.setAttribute("d", `M${Series.left + (this.cursor + 0.5) * wide} 14V${this.bottom}`);
    byId("reading").textContent = this.text();
  }

  text() {
    const { start_ns: start, width_ns: bucket, values, jobs } = data.series;
    const at = this.cursor;
    const chosen = this.selected
      ? `Selected ${moment(this.range()[0])} to ${moment(this.range()[1])} (${span(this.range()[1] - this.range()[0])}). ` : "";
    if (at < 0) return chosen;
    const parts = values.map((job, place) => [job[at], jobs[place]]).filter(([bytes]) => bytes > 0)
      .map(([bytes, job]) => `${strings[job]} ${grouped(bytes)} B`);
    return `${chosen}${moment(start + at * bucket)}: ${parts.length ? parts.join(", ") : "nothing"}`;
  }
}

/** How many answers took how long. */
function renderLatency(host) {
  const { bounds_ns: bounds, answered, failed } = data.latency;
  const top = Math.max(...answered, 0);
  if (!top) { host.replaceChildren(make("p", { className: "empty" }, "No exchange with an answer.")); return; }
  const height = 206;
  const bottom = height - 22;
  const { svg, width } = drawing(host, height, "How many answers took how long");
  const left = 64;
  const wide = (width - left - 12) / answered.length;
  const y = (count) => bottom - ((bottom - 20) * count) / top;
  const step = Math.max(1, stepOf(top, 4));
  for (let count = 0; count <= top; count += step) {
    add(svg, "path", { class: "axis", d: `M${left} ${y(count)}H${width - 12}` });
    add(svg, "text", { class: "soft", x: left - 6, y: y(count) + 4, "text-anchor": "end" }, grouped(count));
  }
  answered.forEach((count, place) => {
    const x = left + place * wide;
    const good = count - failed[place];
    if (good) add(svg, "rect", { class: "answer", x: x + 1, y: y(good), width: Math.max(1, wide - 2), height: bottom - y(good) });
    if (failed[place]) {
      add(svg, "rect", { class: "failed", x: x + 1, y: y(count), width: Math.max(1, wide - 2), height: y(good) - y(count) });
    }
    if (count && wide > 30) {
      add(svg, "text", { x: x + wide / 2, y: y(count) - 4, "text-anchor": "middle" }, grouped(count));
    }
    const every = Math.ceil(52 / wide);
    if (place < bounds.length && place % every === every - 1) {
      add(svg, "path", { class: "axis", d: `M${x + wide} ${bottom}v4` });
      add(svg, "text", { class: "soft", x: x + wide, y: bottom + 16, "text-anchor": place === answered.length - 1 ? "end" : "middle" }, span(bounds[place]));
    }
  });
}

const marks = ["start", "end", "SYN", "FIN", "reset", "confidential", "missing"];

/** Who sent what when, with the time between. */
function renderLadder(host, ladder, row) {
  const S = places(data.step_columns);
  const rise = 26;
  const pauses = [];
  const longest = ladder.steps.reduce((most, step, place) => (
    place ? Math.max(most, step[S.time_ns] - ladder.steps[place - 1][S.time_ns]) : 0), 0);
  // A pause is drawn where it stands out: a tenth of a second, and a good part of the longest one.
  ladder.steps.forEach((step, place) => {
    const wait = place ? step[S.time_ns] - ladder.steps[place - 1][S.time_ns] : 0;
    pauses.push(wait >= 1e8 && wait * 4 >= longest ? wait : 0);
  });
  const extra = pauses.filter(Boolean).length;
  const height = 58 + (ladder.steps.length + extra) * rise + (ladder.more ? rise : 0);
  const { svg, width } = drawing(host, height, `Ladder of ${counted(ladder.steps.length, "step")}`);
  const [left, right] = [Math.min(110, width * 0.28), width - Math.min(40, width * 0.1)];
  const isNarrow = right - left < 300;
  const ends = [flowText(row, "client"), flowText(row, "server")];
  const names = [ladder.client_job, ladder.server_job].map((job) => (job < 0 ? "" : strings[job]));
  [left, right].forEach((x, place) => {
    const anchor = place ? "end" : "start";
    const at = place ? width - 2 : Math.max(2, left - 60);
    add(svg, "text", { x: at, y: 14, "text-anchor": anchor }, (place ? "server " : "client ") + names[place]);
    add(svg, "text", { class: "soft", x: at, y: 30, "text-anchor": anchor }, isNarrow ? fit(ends[place], 20) : ends[place]);
    add(svg, "path", { class: "life", d: `M${x} 36V${height - 4}` });
  });
  const asked = new Map(ladder.exchanges.map((told) => [told[E.start_ns], told]));
  let y = 42;
  ladder.steps.forEach((step, place) => {
    if (pauses[place]) {
      y += rise;
      add(svg, "path", { class: "gap", d: `M${left} ${y - 8}H${right}` });
      add(svg, "text", { class: "soft", x: (left + right) / 2, y: y - 12, "text-anchor": "middle" }, `${span(pauses[place])} nothing`);
    }
    y += rise;
    const isAnswer = step[S.from_server] === 1;
    const [from, to] = isAnswer ? [right, left] : [left, right];
    const wrong = marks.filter((_, bit) => step[S.marks] & (1 << bit));
    const isBad = Boolean(step[S.marks] & 0b1110000);
    const name = isBad ? "alarm-line" : isAnswer ? "answer-line" : "arrow";
    add(svg, "path", { class: name, d: `M${from} ${y}H${to}m${isAnswer ? 6 : -6} -4l${isAnswer ? -6 : 6} 4l${isAnswer ? 6 : -6} 4` });
    const wait = place ? step[S.time_ns] - ladder.steps[place - 1][S.time_ns] : 0;
    add(svg, "text", { class: "soft", x: left - 8, y: y + 4, "text-anchor": "end" }, place ? `+${span(wait)}` : clock(step[S.time_ns]).time.slice(0, 12));
    const told = isAnswer ? undefined : asked.get(step[S.time_ns]);
    const parts = [];
    if (step[S.bytes]) parts.push(`${grouped(step[S.bytes])} B${step[S.records] > 1 ? ` in ${step[S.records]}` : ""}`);
    else if (!wrong.length) parts.push(counted(step[S.records], "record"));
    parts.push(...wrong);
    if (told) parts.push(`${strings[told[E.operation]]} ${strings[told[E.object]]}`);
    const text = add(svg, "text", { class: isBad ? "alarm" : "", x: (left + right) / 2, y: y - 5, "text-anchor": "middle" }, parts.join(", "));
    squeeze(text, right - left - 12);
  });
  if (ladder.more) {
    add(svg, "text", { class: "soft", x: (left + right) / 2, y: y + rise - 4, "text-anchor": "middle" }, `… and ${counted(ladder.more, "more record")}`);
  }
}

/** The exchanges of a conversation as bars of request, wait and answer. */
function renderWaterfall(host, ladder) {
  const shown = ladder.exchanges.slice(0, 100);
  if (!shown.length) {
    host.replaceChildren(make("p", { className: "empty" }, "No exchange was read in this conversation."));
    return;
  }
  const rise = 20;
  const height = 40 + shown.length * rise;
  const { svg, width } = drawing(host, height, `Waterfall of ${counted(shown.length, "exchange")}`);
  const left = Math.floor(width * 0.36);
  const right = width - 70;
  const begin = Math.min(...shown.map((told) => told[E.start_ns]));
  const end = Math.max(begin + 1, ...shown.map((told) => told[E.start_ns] + Math.max(told[E.last_ns], told[E.request_ns], 0)));
  const x = (time) => left + ((right - left) * (time - begin)) / (end - begin);
  const step = stepOf(end - begin, Math.max(2, (right - left) / 110));
  for (let time = 0; time <= end - begin; time += step) {
    add(svg, "path", { class: "axis", d: `M${x(begin + time)} 18V${height - 4}` });
    add(svg, "text", { class: "soft", x: x(begin + time), y: 12, "text-anchor": "middle" }, time ? span(time) : "0");
  }
  shown.forEach((told, place) => {
    const y = 24 + place * rise;
    const start = told[E.start_ns];
    const bar = (name, from, to) => {
      if (to < from) return;
      add(svg, "rect", { class: name, x: x(start + from), y: y + 2, width: Math.max(1.5, x(start + to) - x(start + from)), height: 11 });
    };
    const [asked, first, last] = [Math.max(0, told[E.request_ns]), told[E.first_ns], told[E.last_ns]];
    if (last >= 0) {
      if (first > asked) bar("wait", asked, first);
      bar(told[E.failed] ? "failed" : "answer", first, last);
    }
    if (told[E.request_ns] >= 0) bar("ask", 0, asked);
    const text = `${strings[told[E.operation]]} ${strings[told[E.object]]}`;
    squeeze(add(svg, "text", { class: told[E.failed] ? "alarm" : "", x: 0, y: y + 12 }, text), left - 8);
    const after = x(start + Math.max(last, asked, 0)) + 4;
    add(svg, "text", { class: told[E.failed] ? "alarm" : "soft", x: after, y: y + 12 }, last >= 0 ? span(last) : told[E.request_ns] >= 0 ? "no answer" : "");
  });
  const key = make("p", { className: "hint key" });
  for (const [name, text] of [["ask", "request"], ["wait", "wait"], ["answer", "answer"], ["failed", "failed answer"]]) {
    key.append(make("span", { className: `swatch ${name}` }), text);
  }
  const more = ladder.exchanges.length - shown.length + ladder.more_exchanges;
  if (more > 0) key.append(` … and ${counted(more, "more exchange")}`);
  host.append(key);
}
