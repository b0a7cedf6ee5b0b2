// The views of the page, and what links them.

const F = places(data.flow_columns);
const E = places(data.exchange_columns);
const O = places(data.operation_columns);
const C = places(data.certificate_columns);

const flowAt = (row) => data.flows[row];
const flowText = (row, name) => strings[flowAt(row)[F[name]]];
const flowName = (flow) => (flow[F.udp] ? `udp:${flow[F.flow]}` : String(flow[F.flow]));

/** The rows of conversations by what `flows` calls them. */
const rowOfFlow = new Map(data.flows.map((flow, row) => [flowName(flow), row]));

/** A link to a conversation, or its number where the page has not got it. */
function flowLink(name, before = "") {
  const row = rowOfFlow.get(name);
  if (row === undefined) return document.createTextNode(before + name);
  const button = make("button", { type: "button", className: "link" }, before + name);
  button.addEventListener("click", () => choose(row, true));
  return button;
}

// Facts

function renderFacts() {
  byId("title").textContent = `zcap report: ${data.files.slice(0, 3).join(", ")}${data.files.length > 3 ? ` and ${grouped(data.files.length - 3)} more` : ""}`;
  const { day, time } = clock(data.begin_ns);
  const end = clock(data.span_ns);
  byId("about").textContent = data.has_records
    ? `${day} ${time} to ${end.day === day ? "" : `${end.day} `}${end.time} ${zoneName()}; made by zcap ${data.version}` : `made by zcap ${data.version}`;
  document.title = byId("title").textContent;
  byId("warning").hidden = !data.warning;
  byId("warning").textContent = data.warning ?? "";
  byId("facts").replaceChildren(...data.facts.map((fact) => make("div", { className: fact.alarm ? "alarm" : "" },
    make("dt", {}, fact.label), make("dd", {}, fact.value, fact.note ? make("small", {}, fact.note) : null))));
  const notices = byId("notices");
  notices.hidden = !data.notices.length;
  notices.querySelector("summary").textContent = `${counted(data.notices.length, "notice")} of what was lost, damaged or skipped`;
  notices.querySelector("ul").replaceChildren(...data.notices.map((text) => make("li", {}, text)));
}

function renderCommands() {
  for (const line of document.querySelectorAll("[data-command]")) {
    const command = data.commands[line.dataset.command];
    line.hidden = !command;
    if (command) line.replaceChildren("More: ", make("code", {}, command));
  }
}

// Conversations

const total = (row) => flowAt(row)[F.client_bytes] + flowAt(row)[F.server_bytes];

const flowColumns = [
  { title: "flow", right: true, key: (row) => flowAt(row)[F.flow] + flowAt(row)[F.udp] * 1e15, node: (row) => flowLink(flowName(flowAt(row))) },
  { title: () => `start (${zoneName()})`, key: (row) => flowAt(row)[F.start_ns], text: (row) => moment(flowAt(row)[F.start_ns]) },
  { title: "seconds", right: true, key: (row) => flowAt(row)[F.duration_ns], text: (row) => seconds(flowAt(row)[F.duration_ns]) },
  ...["job", "client", "server", "protocol"].map((name) => ({
    title: name === "job" ? "job/interface" : name, key: (row) => flowText(row, name), text: (row) => flowText(row, name),
  })),
  { title: "sent", right: true, key: (row) => flowAt(row)[F.client_bytes], text: (row) => grouped(flowAt(row)[F.client_bytes]) },
  { title: "received", right: true, key: (row) => flowAt(row)[F.server_bytes], text: (row) => grouped(flowAt(row)[F.server_bytes]) },
  { title: "security", key: (row) => flowText(row, "security"), text: (row) => flowText(row, "security"), alarm: (row) => flowText(row, "security").includes("confidential") },
  { title: "missing", right: true, key: (row) => flowAt(row)[F.gaps], text: (row) => missing(flowAt(row)), alarm: (row) => flowAt(row)[F.gaps] > 0 },
  { title: "exchanges", right: true, key: (row) => flowAt(row)[F.exchanges], text: (row) => orDash(flowAt(row)[F.exchanges]) },
  { title: "failed", right: true, key: (row) => flowAt(row)[F.failed], text: (row) => orDash(flowAt(row)[F.failed]), alarm: (row) => flowAt(row)[F.failed] > 0 },
  { title: "unanswered", right: true, key: (row) => flowAt(row)[F.unanswered], text: (row) => orDash(flowAt(row)[F.unanswered]), alarm: (row) => flowAt(row)[F.unanswered] > 0 },
  { title: "slowest (ms)", right: true, key: (row) => flowAt(row)[F.slowest_ns], text: (row) => milliseconds(flowAt(row)[F.slowest_ns]) },
  { title: "end", key: (row) => flowText(row, "end"), text: (row) => flowText(row, "end"), alarm: (row) => flowText(row, "end") === "reset" },
  { title: "records", right: true, key: (row) => flowAt(row)[F.client_records] + flowAt(row)[F.server_records], text: (row) => `${grouped(flowAt(row)[F.client_records])}+${grouped(flowAt(row)[F.server_records])}` },
  ...(data.has_log ? ["rule", "user", "tls"].map((name) => ({
    title: { rule: "AT-TLS rule", user: "user", tls: "TLS" }[name], key: (row) => flowText(row, name), text: (row) => flowText(row, name),
  })) : []),
];

const missing = (flow) => (flow[F.gaps] === 0 ? "-" : flow[F.missing_bytes] ? grouped(flow[F.missing_bytes]) : "?");

let times = null;
let words = [];
let chosen = -1;
let sortedFlows = data.flows.map((_, row) => row);
const hay = new Array(data.flows.length);

/** What the words are looked for in: the texts of a row, in small letters. */
function texts(row) {
  if (hay[row] === undefined) {
    const flow = flowAt(row);
    const parts = ["job", "client", "server", "protocol", "security", "end", ...(data.has_log ? ["rule", "user", "tls"] : [])].map((name) => flowText(row, name));
    parts.push(flowName(flow));
    if (flow[F.failed]) parts.push("failed");
    if (flow[F.unanswered]) parts.push("unanswered");
    if (flow[F.gaps]) parts.push("missing");
    hay[row] = parts.join("\n").toLowerCase();
  }
  return hay[row];
}

function isWanted(row) {
  if (times) {
    const flow = flowAt(row);
    if (flow[F.start_ns] >= times[1] || flow[F.start_ns] + flow[F.duration_ns] < times[0]) return false;
  }
  for (const word of words) {
    if (word.length > 1 && word[0] === "-") {
      if (texts(row).includes(word.slice(1))) return false;
    } else if (!texts(row).includes(word)) return false;
  }
  return true;
}

const flowTable = new Table(byId("flows"), flowColumns, {
  label: "Conversations", empty: "No conversation has these words in this time.", sorted: 0, page: 50,
  onSort: () => { sortedFlows = flowTable.order(data.flows.map((_, row) => row)); filterFlows(); },
  onLine: (line, row) => {
    line.dataset.row = row;
    if (row === chosen) line.className = "chosen";
  },
});

/** Makes the texts of rows while nobody waits, so that no letter has to. */
function prepareTexts(from) {
  if (from >= data.flows.length) return;
  setTimeout(() => {
    const end = Math.min(data.flows.length, from + 4000);
    for (let row = from; row < end; row += 1) texts(row);
    prepareTexts(end);
  }, 0);
}

// What was found last: a longer word is looked for there only.
let last = { words: [], times: null, order: null, rows: [] };

/** Whether rows that have these words are among those found last. */
function isNarrower() {
  return last.order === sortedFlows && last.times === times && last.words.length > 0 && words.length >= last.words.length
    && last.words.every((word, place) => word[0] !== "-" && words[place].startsWith(word));
}

function filterFlows() {
  const among = isNarrower() ? last.rows : sortedFlows;
  const rows = words.length || times ? among.filter(isWanted) : sortedFlows;
  last = { words, times, order: sortedFlows, rows };
  let [sent, received] = [0, 0];
  for (const row of rows) { sent += flowAt(row)[F.client_bytes]; received += flowAt(row)[F.server_bytes]; }
  flowTable.show(rows);
  byId("found").textContent = `${grouped(rows.length)} of ${counted(data.totals.flows, "conversation")}, `
    + `${grouped(sent)} bytes sent, ${grouped(received)} received${times ? ", in the selected time" : ""}`;
}

function search(text) {
  byId("search").value = text;
  words = text.toLowerCase().split(/\s+/).filter(Boolean);
  filterFlows();
  markLegend();
}

/** Shows a conversation below the table. */
function choose(row, isJump) {
  if (row === undefined) return;
  chosen = row;
  const name = flowName(flowAt(row));
  const hash = `#flow-${name}`;
  if (location.hash !== hash) location.hash = hash;
  for (const line of document.querySelectorAll("#flows tr.chosen")) line.className = "";
  const line = document.querySelector(`#flows tr[data-row="${row}"]`);
  if (line) line.className = "chosen";
  renderDetail();
  if (!isJump) return;
  byId("detail").scrollIntoView({ block: "nearest" });
  byId("detail").focus({ preventScroll: true });
}

function renderDetail() {
  const host = byId("detail");
  host.hidden = chosen < 0;
  if (chosen < 0) return;
  const flow = flowAt(chosen);
  const name = flowName(flow);
  byId("h-detail").textContent = `Conversation ${name}: ${flowText(chosen, "job")}, ${flowText(chosen, "protocol")}, ${flowText(chosen, "security")}`;
  byId("ends").textContent = `${flowText(chosen, "client")} > ${flowText(chosen, "server")}, from ${moment(flow[F.start_ns])} ${zoneName()} for ${seconds(flow[F.duration_ns])} s; `
    + `${grouped(flow[F.client_bytes])} bytes sent, ${grouped(flow[F.server_bytes])} received; client known by ${flowText(chosen, "evidence")}; ended: ${flowText(chosen, "end")}`;
  const ladder = ladders.get(name);
  if (ladder) {
    renderLadder(byId("ladder"), ladder, chosen);
    renderWaterfall(byId("waterfall"), ladder);
  } else {
    for (const id of ["ladder", "waterfall"]) {
      byId(id).replaceChildren(make("p", { className: "empty" }, `Drawn for ${counted(data.ladders.length, "conversation")} only; --ladders N draws more.`));
    }
  }
  byId("commands").replaceChildren(...data.commands.flow.map((command) => make("p", {}, make("code", {}, `${command} ${name}`))));
}

const ladders = new Map(data.ladders.map((ladder) => [ladder.flow, ladder]));

// Jobs

function renderLegend() {
  byId("legend").replaceChildren(...data.series.jobs.map((job, place) => {
    const bytes = data.series.values[place].reduce((sum, value) => sum + value, 0);
    const isRest = data.series.has_others && place === data.series.jobs.length - 1;
    const button = make("button", { type: "button", className: "shown", disabled: isRest, "aria-pressed": "false" },
      make("span", { className: `swatch c${place}` }), `${strings[job]} ${shortBytes(bytes)}`);
    button.addEventListener("click", () => {
      const word = strings[job].toLowerCase();
      search(words.length === 1 && words[0] === word ? "" : word);
    });
    return button;
  }));
}

function markLegend() {
  byId("legend").querySelectorAll("button").forEach((button, place) => {
    const word = strings[data.series.jobs[place]].toLowerCase();
    button.setAttribute("aria-pressed", String(words.length === 1 && words[0] === word));
  });
}

// Operations and exchanges

/** A table of its own data, sorted by what is clicked. */
function plainTable(id, columns, list, options) {
  const table = new Table(byId(id), columns, { ...options, onSort: () => table.show(table.order(rows)) });
  const rows = list.map((_, row) => row);
  return () => {
    if (!rows.length) return byId(id).replaceChildren(make("p", { className: "empty" }, options.empty));
    table.show(table.sorted === options.sorted && table.isDown === Boolean(options.isDown) ? rows : table.order(rows));
  };
}

/** A bar of a part of the longest time. */
function timeBar(value, top) {
  const svg = draw("svg", { width: 110, height: 9, "aria-hidden": "true" });
  if (value > 0) add(svg, "rect", { class: "wait", x: 0, y: 0, height: 9, width: Math.max(1, (110 * value) / Math.max(top, 1)) });
  return svg;
}

const topP95 = Math.max(1, ...data.operations.map((operation) => operation[O.p95_ns]));

const operationColumns = [
  ...["protocol", "operation"].map((name) => ({ title: name, key: (row) => strings[data.operations[row][O[name]]], text: (row) => strings[data.operations[row][O[name]]] })),
  { title: "object", className: "long", key: (row) => strings[data.operations[row][O.object]], text: (row) => strings[data.operations[row][O.object]] },
  ...["exchanges", "failed", "unanswered"].map((name) => ({
    title: name, right: true, key: (row) => data.operations[row][O[name]], text: (row) => orDash(data.operations[row][O[name]]),
    alarm: (row) => name !== "exchanges" && data.operations[row][O[name]] > 0,
  })),
  ...["p50", "p95", "max"].map((name) => ({
    title: `${name} (ms)`, right: true, key: (row) => data.operations[row][O[`${name}_ns`]],
    text: (row) => (data.operations[row][O.is_sample] && name !== "max" ? "~" : "") + milliseconds(data.operations[row][O[`${name}_ns`]]),
  })),
  { title: "95 % within", className: "bar", node: (row) => timeBar(data.operations[row][O.p95_ns], topP95) },
];

const slow = (row) => data.slowest[row];
const slowText = (row, name) => strings[slow(row)[E[name]]];
const exchangeColumns = [
  { title: () => `time (${zoneName()})`, key: (row) => slow(row)[E.start_ns], text: (row) => moment(slow(row)[E.start_ns]) },
  { title: "flow", right: true, key: (row) => slow(row)[E.flow], node: (row) => flowLink(flowName([slow(row)[E.udp], slow(row)[E.flow]])) },
  { title: "last byte (ms)", right: true, key: (row) => slow(row)[E.last_ns], text: (row) => milliseconds(slow(row)[E.last_ns]) },
  { title: "first byte (ms)", right: true, key: (row) => slow(row)[E.first_ns], text: (row) => milliseconds(slow(row)[E.first_ns]) },
  ...["job", "protocol", "operation", "object", "result", "user"].map((name) => ({
    title: name === "job" ? "job/interface" : name, className: { object: "long", result: "text" }[name],
    key: (row) => slowText(row, name), text: (row) => slowText(row, name) || "-", alarm: (row) => name === "result" && slow(row)[E.failed],
  })),
];

function renderLatencyText() {
  const { answered, failed, waits } = data.latency;
  const sum = (list) => list.reduce((all, count) => all + count, 0);
  byId("latency-text").textContent = `From the first byte of a request to the last byte of its answer; each bar counts those up to the time at its right. ${counted(sum(answered), "answer")}, of them ${grouped(sum(failed))} that tell of a failure; `
    + `not counted: ${grouped(data.totals.unanswered)} without an answer, ${grouped(waits)} that asked the server to wait`;
}

// Confidential conversations, certificates, failures

function renderConfidential() {
  const host = byId("confidential");
  if (!data.confidential.length) {
    host.replaceChildren(make("p", { className: "empty" }, "No conversation is confidential."));
    return;
  }
  host.replaceChildren(...data.confidential.map((group) => {
    const links = make("p", {});
    group.flows.forEach((name, place) => links.append(place ? ", " : "", flowLink(name, place ? "" : "flow ")));
    if (group.more) links.append(` and ${grouped(group.more)} more`);
    return make("div", { className: "rule" }, make("h3", {}, group.heading), links, group.lines.length ? make("pre", {}, group.lines.join("\n")) : null);
  }));
}

/** Days from the end of the trace to a time of a certificate; NaN where it cannot be read. */
function daysLeft(text) {
  const time = Date.parse(`${text.replace(" ", "T")}Z`);
  return Math.floor((time - (data.base_ms + data.span_ns / 1e6)) / 864e5);
}

const certificate = (row, name) => strings[data.certificates[row][C[name]]];
const certificateColumns = [
  { title: "valid to (UTC)", key: (row) => certificate(row, "not_after"), text: (row) => certificate(row, "not_after") },
  {
    title: "days left at the end of the trace", right: true, key: (row) => daysLeft(certificate(row, "not_after")),
    text: (row) => {
      const days = daysLeft(certificate(row, "not_after"));
      return Number.isNaN(days) ? "?" : days < 0 ? "expired" : grouped(days);
    },
    alarm: (row) => daysLeft(certificate(row, "not_after")) < 30,
  },
  { title: "valid from (UTC)", key: (row) => certificate(row, "not_before"), text: (row) => certificate(row, "not_before") },
  ...["subject", "issuer", "names"].map((name) => ({ title: name, className: "long", key: (row) => certificate(row, name), text: (row) => certificate(row, name) || "-" })),
  { title: "key", text: (row) => certificate(row, "key") },
  { title: "sent by", text: (row) => certificate(row, "sender") },
  { title: "conversations", right: true, key: (row) => data.certificates[row][C.flows], text: (row) => grouped(data.certificates[row][C.flows]) },
  { title: "first in", right: true, node: (row) => flowLink(certificate(row, "flow")) },
];

function renderFailures() {
  const host = byId("failures");
  if (!data.failures.length) {
    host.replaceChildren(make("p", { className: "empty" }, data.has_log ? "The log tells of no failure." : "An AT-TLS log tells them: --log LOG."));
    return;
  }
  host.replaceChildren(...data.failures.map((failure) => {
    const list = make("dl");
    const put = (label, text) => { if (text) list.append(make("div", {}, make("dt", {}, label), make("dd", {}, text))); };
    for (const { name, value } of failure.facts) put(name, value);
    put("meaning", failure.meaning);
    failure.causes.forEach((cause, place) => put(place ? "" : "causes", cause));
    failure.do.forEach((step, place) => put(place ? "" : "do", step));
    put("where", failure.where);
    put("source", failure.source);
    return make("div", { className: "rule" }, make("h3", {}, `${failure.title}${failure.count > 1 ? `, ${grouped(failure.count)} times` : ""}`), list);
  }));
}

// All of it

const showOperations = plainTable("operations", operationColumns, data.operations, { label: "Operations", page: 25, sorted: 7, isDown: true, empty: "No exchange was read." });
const showSlowest = plainTable("slowest", exchangeColumns, data.slowest, { label: "Slowest exchanges", page: 15, sorted: 2, isDown: true, empty: "No exchange with an answer." });
const showCertificates = plainTable("certificates", certificateColumns, data.certificates, { label: "Certificates", page: 25, sorted: 0, empty: "No certificate in clear; they are in handshakes up to TLS 1.2." });

const series = new Series(byId("series"), (range) => { times = range; filterFlows(); });

/** What depends on the width. */
function renderDrawings() {
  series.render();
  renderLatency(byId("latency"));
  renderDetail();
}

/** What depends on the zone. */
function renderAll() {
  byId("utc").setAttribute("aria-pressed", String(!isLocal));
  byId("local").setAttribute("aria-pressed", String(isLocal));
  renderFacts();
  filterFlows();
  showSlowest();
  showCertificates();
  renderDrawings();
}

function chooseByHash() {
  const row = rowOfFlow.get(decodeURIComponent(location.hash.replace(/^#flow-/, "")));
  if (location.hash.startsWith("#flow-") && row !== undefined && row !== chosen) choose(row, true);
}

byId("utc").addEventListener("click", () => { isLocal = false; renderAll(); });
byId("local").addEventListener("click", () => { isLocal = true; renderAll(); });
byId("search").addEventListener("input", (event) => search(event.target.value));
byId("clear").addEventListener("click", () => { series.select(null); search(""); byId("search").focus(); });
window.addEventListener("hashchange", chooseByHash);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target.tagName !== "INPUT" && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    byId("search").focus();
    byId("search").select();
  }
  if (event.key === "Escape" && event.target === byId("search") && byId("search").value) search("");
});
let lastWidth = document.documentElement.clientWidth;
new ResizeObserver(() => {
  const width = document.documentElement.clientWidth;
  if (width !== lastWidth) { lastWidth = width; renderDrawings(); }
}).observe(document.documentElement);

renderCommands();
renderLegend();
showOperations();
renderLatencyText();
renderConfidential();
renderFailures();
byId("limits").replaceChildren(...data.limits.map((text) => make("li", {}, text)));
renderAll();
chooseByHash();
prepareTexts(0);
document.documentElement.dataset.ready = "true";
