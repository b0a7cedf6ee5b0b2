public import TraceBytes
internal import TraceProtocols
internal import TraceModel

/// Shows exchanges and dialogues as text: a line each, with heads and bodies below it when asked for.
public final class HTTPTextWriter: HTTPPresenter {
  /// What is shown below the line of an exchange.
  public struct Detail: Sendable {
    /// Start lines and fields.
    public var heads = false
    /// Bodies.
    public var bodies = false

    /// Nothing.
    public init(heads: Bool = false, bodies: Bool = false) {
      self.heads = heads
      self.bodies = bodies
    }
  }

  /// Bytes of a request target in the line of an exchange.
  static let targetWidth = 120
  /// Bytes of a binary body that are dumped.
  static let dumpBytes = 256

  private static let cut = " (line cut)"

  /// Rows that wait for others, so that columns are as wide as these need.
  private static let most = 100

  /// What a line or a row says behind the request.
  private struct Facts {
    var sent: UInt64
    var status: Int64
    var received: UInt64?
    var first: Int64?
    var last: Int64?
    var remarks: [String]

    init(_ entry: HTTPEntry, _ exchange: HTTPExchange) {
      sent = exchange.request?.bodyBytes ?? 0
      status = Int64(entry.status(exchange) ?? 0)
      received = exchange.response?.bodyBytes
      first = exchange.firstByte
      last = exchange.lastByte
      remarks = HTTPWords.remarks(exchange)
    }

    /// Sizes are those on the wire, because no bodies are kept.
    init(_ exchange: Exchange) {
      sent = exchange.request?.bytes ?? 0
      status = exchange.status ?? 0
      received = exchange.response?.bytes
      first = exchange.firstByte
      last = exchange.lastByte
      remarks = HTTPWords.remarks(exchange)
    }
  }

  private let sink: ByteSink
  private let detail: Detail
  private let zone: Zone
  private var moment: TimeText
  private var table: TextTable?
  private var waiting = 0
  private var line: [UInt8] = []

  /// A writer into `sink`, with times in a zone.
  ///
  /// - Parameter table: of ``columns(_:)``, for rows instead of lines.
  public init(
    _ sink: ByteSink, detail: Detail = Detail(), zone: Zone = .utc, table: TextTable? = nil
  ) {
    self.zone = zone
    moment = TimeText(zone: zone)
    self.sink = sink
    self.detail = detail
    self.table = table
  }

  /// The columns of a table; the numbers say in which order they give way: the highest first.
  public static func columns(_ zone: Zone) -> [TextTable.Column] {
    [
      .init("flow", nil, .right), .init("start (\(zone.name))", "start", rank: 6, minimum: 26),
      .init("job/interface", "job", rank: 5), .init("from", rank: 3), .init("to", rank: 7),
      .init("request", minimum: 24, least: 28), .init("sent", nil, .right, rank: 8),
      .init("status", nil, .right), .init("received", nil, .right, rank: 2),
      .init("first byte", "first", .right, rank: 9), .init("last byte", "last", .right, rank: 1),
      .init("notes", rank: 4, least: 12),
    ]
  }

  /// What is to be said of columns that had no room.
  public var gaveWay: [String] { table?.gaveWay ?? [] }

  public func pause() throws(TraceError) {
    try flushRows()
    try sink.flush()
  }

  public func finish() throws(TraceError) { try flushRows() }

  private func flushRows() throws(TraceError) {
    if waiting > 0 { try table?.flush(to: sink) }
    waiting = 0
  }

  public func show(_ item: HTTPItem, of flow: HTTPFlow) throws(TraceError) {
    if case .exchange(let entry) = item { return try exchange(entry, flow) }
    if case .told(let exchange, _) = item { return try told(exchange, flow) }
    if case .line(let line, let bytes) = item, table == nil {
      try begin(line.time, flow)
      try ends(flow, line.direction)
      try visible(bytes[...])
      return try end(line.isCut ? Self.cut : "")
    }
    guard let told = words(item, flow) else { return }
    if table != nil { return try row(told.time, told.sender, told.text, flow) }
    try begin(told.time, flow)
    try ends(flow, told.sender)
    try end(told.text)
  }

  /// What is told of anything but an exchange, and who sent it.
  private func words(
    _ item: HTTPItem, _ flow: HTTPFlow
  ) -> (time: Int64, sender: FlowSide, text: String)? {
    switch item {
    case .exchange, .told: return nil
    case .finding(let finding):
      return (
        max(finding.time, flow.start), finding.direction,
        "finding: \(HTTPWords.finding(finding, flow))"
      )
    case .line(let line, let bytes):
      let text = HTTPBytes.visible(bytes[...]) + (line.isCut ? Self.cut : "")
      return (line.time, line.direction, text)
    case .mail(let mail):
      var text = "mail, \(mail.bytes) bytes"
      if mail.isGapped { text += ", bytes are missing" }
      if mail.isCut { text += ", its end is not in the trace" }
      return (mail.time, mail.direction, text)
    case .handOver(let handOver, let name):
      let named = name.isEmpty ? "" : ", \(HTTPBytes.visible(name[...]))"
      let what = handOver.application.isDialogue ? "clear text" : "HTTP"
      return (
        handOver.time, .lower, "\(what) ends: \(HTTPWords.handOver(handOver.kind))\(named)"
      )
    case .opaque(let kind, let bytes):
      var text =
        "\(kind == .tls ? "in" : "after HTTP,") \(HTTPWords.handOver(kind)): \(bytes.lower) bytes from "
      text += "\(flow.lower), \(bytes.upper) bytes from \(flow.upper)"
      if bytes.missing > 0 { text += ", \(bytes.missing) missing" }
      return (bytes.time, .lower, text)
    }
  }

  // MARK: - Rows

  private func row(
    _ time: Int64, _ sender: FlowSide, _ text: String, _ flow: HTTPFlow, _ rest: [String]? = nil
  ) throws(TraceError) {
    table?.add(
      [
        "\(flow.number)", CivilDate.text(nanoseconds: zone.local(time)),
        flow.name.isEmpty ? "-" : flow.name, "\(flow.sender(sender))",
        "\(flow.sender(sender.other))", text,
      ] + (rest ?? ["-", "-", "-", "-", "-", "-"]))
    waiting += 1
    if waiting >= Self.most { try flushRows() }
  }

  private func row(
    _ time: Int64, _ sender: FlowSide, _ request: String, _ facts: Facts, _ flow: HTTPFlow
  ) throws(TraceError) {
    let milliseconds = { (nanoseconds: Int64?) in
      nanoseconds.map { "\(HTTPWords.milliseconds($0).text) ms" } ?? "-"
    }
    try row(
      time, sender, request, flow,
      [
        "\(facts.sent)", facts.status > 0 ? "\(facts.status)" : "-",
        facts.received.map { "\($0)" } ?? "-", milliseconds(facts.first),
        milliseconds(facts.last),
        facts.remarks.isEmpty ? "-" : facts.remarks.joined(separator: "; "),
      ])
  }

  // MARK: - Lines

  private func begin(_ time: Int64, _ flow: HTTPFlow) throws(TraceError) {
    try moment.write(time, to: sink)
    try sink.append("  flow " as StaticString)
    try sink.decimal(flow.number)
    try sink.append("  " as StaticString)
    try sink.append(flow.name.isEmpty ? "-" : VisibleText.of(flow.name))
    try sink.append("  " as StaticString)
  }

  private func ends(_ flow: HTTPFlow, _ sender: FlowSide) throws(TraceError) {
    try endpoint(flow.sender(sender))
    try sink.append(" > " as StaticString)
    try endpoint(flow.sender(sender.other))
    try sink.append("  " as StaticString)
  }

  private func endpoint(_ endpoint: Endpoint) throws(TraceError) {
    var text = ShortText()
    text.append(endpoint)
    try sink.append(text)
  }

  private func end(_ text: String) throws(TraceError) {
    try sink.append(text)
    try sink.u8(0x0A)
  }

  private func visible(_ bytes: ArraySlice<UInt8>) throws(TraceError) {
    line.removeAll(keepingCapacity: true)
    HTTPBytes.appendVisible(bytes, to: &line)
    try sink.append(line)
  }

  private func exchange(_ entry: HTTPEntry, _ flow: HTTPFlow) throws(TraceError) {
    guard let exchange = entry.exchange else { return }
    let facts = Facts(entry, exchange)
    if table == nil {
      try begin(entry.time, flow)
      try ends(flow, exchange.requestDirection)
      try request(entry)
      try columns(facts)
    } else {
      let request =
        entry.request == nil
        ? "(no request)"
        : HTTPBytes.visible(entry.method.prefix(32)) + " " + HTTPBytes.visible(entry.target[...])
      try row(entry.time, exchange.requestDirection, request, facts, flow)
    }
    // Of gaps and missing requests the line tells already.
    for finding in entry.findings where finding.kind != .gap && finding.kind != .requestMissing {
      try flushRows()
      try end("    finding: \(HTTPWords.finding(finding, flow))")
    }
    guard detail.heads || detail.bodies else { return }
    try flushRows()
    try messages(entry)
  }

  /// An exchange of HTTP/2, or a message of WebSocket.
  private func told(_ exchange: Exchange, _ flow: HTTPFlow) throws(TraceError) {
    let isMessage = exchange.application == .webSocket
    let words = [isMessage ? "WebSocket" : "", exchange.operation, exchange.object]
    let request = VisibleText.of(words.filter { !$0.isEmpty }.joined(separator: " "))
    if table == nil {
      try begin(exchange.time, flow)
      try ends(flow, exchange.client)
      try sink.append(request)
      try columns(Facts(exchange))
    } else {
      try row(exchange.time, exchange.client, request, Facts(exchange), flow)
    }
    guard detail.heads || detail.bodies else { return }
    try flushRows()
    for detail in exchange.details {
      try end("    \(VisibleText.of(detail.name)): \(VisibleText.of(detail.value))")
    }
  }

  /// A column each, whether there is something in it or not.
  private func columns(_ facts: Facts) throws(TraceError) {
    try sink.append("  sent " as StaticString)
    try sink.decimal(facts.sent)
    try sink.append(" B  " as StaticString)
    if facts.status > 0 {
      try sink.decimal(UInt64(facts.status))
    } else {
      try sink.u8(0x2D)
    }
    try sink.append("  " as StaticString)
    if let received = facts.received {
      try sink.decimal(received)
      try sink.append(" B" as StaticString)
    } else {
      try sink.u8(0x2D)
    }
    try sink.append("  " as StaticString)
    if let first = facts.first, let last = facts.last {
      try sink.append("first byte " as StaticString)
      try sink.append(HTTPWords.milliseconds(first))
      try sink.append(" ms, last " as StaticString)
      try sink.append(HTTPWords.milliseconds(last))
      try sink.append(" ms" as StaticString)
    } else {
      try sink.u8(0x2D)
    }
    if facts.remarks.isEmpty {
      try sink.append("  -" as StaticString)
    } else {
      try sink.append("  [\(facts.remarks.joined(separator: "; "))]")
    }
    try sink.u8(0x0A)
  }

  private func request(_ entry: HTTPEntry) throws(TraceError) {
    guard entry.request != nil else { return try sink.append("(no request)" as StaticString) }
    try visible(entry.method.prefix(32))
    try sink.u8(0x20)
    let target = entry.target
    try visible(target.prefix(Self.targetWidth))
    if target.count > Self.targetWidth { try sink.append("…" as StaticString) }
  }

  // MARK: - Messages

  private func messages(_ entry: HTTPEntry) throws(TraceError) {
    if let request = entry.request { try message(request, entry.requestBody, ">") }
    for interim in entry.interims { try message(interim, nil, "<") }
    if let response = entry.response { try message(response, entry.responseBody, "<") }
  }

  private func message(
    _ message: HTTPMessageCopy, _ body: HTTPBodyView?, _ sign: StaticString
  ) throws(TraceError) {
    if detail.heads {
      try lines(message.bytes[...], sign)
      if message.isHeadCut { try end("    (head cut: not all of it was kept)") }
    }
    if detail.bodies, let body { try show(body) }
    if detail.heads, !message.trailers.isEmpty {
      try end("    (trailers)")
      try lines(message.trailers[...], sign)
    }
  }

  private func lines(
    _ bytes: ArraySlice<UInt8>, _ sign: StaticString, keepsTabs: Bool = false
  ) throws(TraceError) {
    var at = bytes.startIndex
    while at < bytes.endIndex {
      let feed = bytes[at...].firstIndex(of: 0x0A) ?? bytes.endIndex
      var content = bytes[at..<feed]
      if feed < bytes.endIndex, content.last == 0x0D { content.removeLast() }
      at = min(feed + 1, bytes.endIndex)
      try sink.append("    " as StaticString)
      try sink.append(sign)
      if !content.isEmpty {
        try sink.u8(0x20)
        line.removeAll(keepingCapacity: true)
        HTTPBytes.appendVisible(content, keepsTabs: keepsTabs, to: &line)
        try sink.append(line)
      }
      try sink.u8(0x0A)
    }
  }

  private func show(_ body: HTTPBodyView) throws(TraceError) {
    var facts = ["body, \(body.bytes.count) bytes"]
    if !body.mediaType.isEmpty { facts.append(VisibleText.of(body.mediaType)) }
    if case .ebcdic(let page) = body.reading { facts.append("EBCDIC \(page)") }
    if case .utf16 = body.reading { facts.append("UTF-16") }
    facts += body.remarks
    try end("    (\(facts.joined(separator: ", ")))")
    if let text = body.utf8 {
      try lines(text[...], "|", keepsTabs: true)
    } else {
      try dump(body.bytes[...])
    }
  }

  private func dump(_ bytes: ArraySlice<UInt8>) throws(TraceError) {
    var at = 0
    let shown = min(bytes.count, Self.dumpBytes)
    while at < shown {
      let row = bytes[at..<min(at + 16, shown)]
      try sink.append("    | " as StaticString)
      try sink.hex(UInt64(at), digits: 8, upper: false)
      for byte in row {
        try sink.u8(0x20)
        try sink.hex(UInt64(byte), digits: 2, upper: false)
      }
      try sink.fill(0x20, (16 - row.count) * 3 + 2)
      for byte in row { try sink.u8(byte >= 0x20 && byte < 0x7F ? byte : 0x2E) }
      try sink.u8(0x0A)
      at += 16
    }
    if shown < bytes.count { try end("    | and \(bytes.count - shown) bytes more") }
  }
}
