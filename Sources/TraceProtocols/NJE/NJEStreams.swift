internal import TraceBytes
import TraceModel

/// Jobs and SYSOUT on their way: from the request for a stream, or the first record seen of it, to the
/// acknowledgement of the last one.
struct NJEStreams {
  enum Answer { case permitted, refused, complete, ready }

  private struct Open {
    var control: UInt8
    var exchange: Exchange
    var records = 0
    var shown = 0
    /// Whether the header of a job has come on it.
    var hasHeader = false
    var requested: Int64 = 0
    var hasRequest = false
    /// Whether its beginning, or an answer of the receiver, may be missing.
    var lacksBeginning = false
    var lacksAnswer = false
    /// Whether a list of passwords goes on in the next record.
    var hasOpenList = false
  }

  private var open: [Open] = []
  /// Whether a request for a stream may be missing, of each side.
  private var lacksRequest = Sides(lower: false, upper: false)
  /// Records whose text is kept.
  private static let mostShown = 12
  /// There are 16 control bytes of streams on each side.
  private static let mostOpen = 32

  mutating func gap(_ side: FlowSide) {
    lacksRequest[side] = true
    for index in open.indices {
      if open[index].exchange.client == side {
        open[index].exchange.request?.isWhole = false
      } else {
        open[index].exchange.response?.isWhole = false
        open[index].lacksAnswer = true
      }
    }
  }

  private static func operation(_ control: UInt8) -> String {
    control & 0x0F == 0x08 ? "JOB" : control & 0x0F == 0x09 ? "SYSOUT" : "STREAM"
  }

  private func index(_ control: UInt8, _ side: FlowSide) -> Int? {
    open.firstIndex { $0.control == control && $0.exchange.client == side }
  }

  private mutating func begin(
    _ control: UInt8, _ place: MessagePlace, into sink: any ExchangeSink
  ) -> Int {
    if open.count >= Self.mostOpen { close(0, .nothing, into: sink) }
    let exchange = Exchange(.nje, client: place.side, operation: Self.operation(control))
    open.append(Open(control: control, exchange: exchange))
    return open.count - 1
  }

  /// A side asks for a stream.
  mutating func request(_ control: UInt8, _ place: MessagePlace, into sink: any ExchangeSink) {
    if let old = index(control, place.side) { close(old, .nothing, into: sink) }
    let index = begin(control, place, into: sink)
    lacksRequest[place.side] = false
    open[index].requested = place.firstTime
    open[index].hasRequest = true
    open[index].exchange.request.take(place)
  }

  /// The receiving side says something about a stream.
  mutating func answer(
    _ control: UInt8, _ place: MessagePlace, _ answer: Answer, into sink: any ExchangeSink
  ) {
    guard let index = index(control, place.side.other) else {
      // The stream began before the trace.
      guard answer != .permitted, answer != .ready else { return }
      var exchange = Exchange(
        .nje, client: place.side.other, operation: Self.operation(control))
      exchange.missing = .request
      exchange.response = Exchange.Half(place)
      exchange.result = answer == .complete ? "complete" : "refused or cancelled by the receiver"
      exchange.isFailure = answer == .refused
      return sink.exchange(exchange)
    }
    open[index].exchange.response.take(place, isWhole: !open[index].lacksAnswer)
    switch answer {
    case .permitted:
      if open[index].hasRequest {
        let wait = Exchange.duration(place.firstTime &- open[index].requested)
        open[index].exchange.details.append(.init("permission after", wait))
      }
    case .ready: break
    case .refused:
      let isRefused = open[index].records == 0
      open[index].exchange.result = isRefused ? "refused" : "cancelled by the receiver"
      open[index].exchange.isFailure = true
      close(index, .nothing, into: sink)
    case .complete:
      open[index].exchange.result = Self.result(open[index].records) + ", complete"
      close(index, .nothing, into: sink)
    }
  }

  private static func result(_ records: Int) -> String {
    "\(records) record\(records == 1 ? "" : "s")"
  }

  private mutating func close(
    _ index: Int, _ missing: Exchange.Missing, into sink: any ExchangeSink
  ) {
    var one = open.remove(at: index)
    if one.exchange.result.isEmpty {
      one.exchange.result = Self.result(one.records)
      one.exchange.missing = missing
    }
    if one.records > one.shown, one.shown > 0 {
      one.exchange.details.append(.init("record", "and \(one.records - one.shown) more"))
    }
    sink.exchange(one.exchange)
  }

  mutating func finish(_ missing: Exchange.Missing, into sink: any ExchangeSink) {
    while !open.isEmpty { close(0, missing, into: sink) }
  }

  // MARK: - Records

  /// A record of a stream, decompressed.
  mutating func record(
    _ record: NJEBuffer.Record, _ text: RawSpan, _ place: MessagePlace,
    into sink: any ExchangeSink
  ) {
    let isJobHeader = record.sub & 0xF0 == 0xC0
    var index = index(record.control, place.side) ?? -1
    if index >= 0, isJobHeader, open[index].hasHeader, !isContinued(text) {
      // The next job on the same stream.
      close(index, .nothing, into: sink)
      index = -1
    }
    if index < 0 {
      index = begin(record.control, place, into: sink)
      open[index].lacksBeginning = lacksRequest[place.side]
      lacksRequest[place.side] = false
    }
    open[index].exchange.request.take(place, isWhole: !open[index].lacksBeginning)
    guard !text.isEmpty else { return }
    switch record.sub & 0xF0 {
    case 0xC0:
      if !open[index].hasHeader { jobHeader(text, index) }
      open[index].hasHeader = true
    case 0xE0: dataSetHeader(text, index)
    case 0xD0, 0xF0: break
    default:
      // Middle and last segments belong to the record of the first one.
      if record.control & 0x0F == 0x09, record.sub & 0x0C == 0x04 || record.sub & 0x0C == 0x0C {
        return
      }
      open[index].records += 1
      show(record, text, index)
    }
  }

  /// Whether a header is the second part of one that is longer than a record.
  private func isContinued(_ text: RawSpan) -> Bool {
    text.byteCount > 3 && text.u8(3) & 0x7F > 0
  }

  private mutating func show(_ record: NJEBuffer.Record, _ text: RawSpan, _ index: Int) {
    guard open[index].shown < Self.mostShown else { return }
    // The length, then the carriage control where there is one.
    let hasControl = record.control & 0x0F == 0x09 && record.sub & 0x30 != 0
    let start = min(text.byteCount, hasControl ? 2 : 1)
    let body = start..<min(text.byteCount, start + 132)
    guard !body.isEmpty else { return }
    let words = TextCoding.ebcdic.text(text, body) { mark in
      open[index].hasOpenList = NJESecrets.secrets(
        text, record, isOpen: open[index].hasOpenList, mark: mark)
    }
    open[index].shown += 1
    open[index].exchange.details.append(.init("record", words))
    if open[index].exchange.object.isEmpty, let job = Self.jobName(words) {
      open[index].exchange.object = job
    }
  }

  /// The name in a JOB statement, `//NAME JOB …`: the job where its header is not in the trace.
  private static func jobName(_ card: String) -> String? {
    let words = card.split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[1] == "JOB", words[0].hasPrefix("//"), words[0].count > 2 else {
      return nil
    }
    return String(words[0].dropFirst(2))
  }

  private mutating func jobHeader(_ text: RawSpan, _ index: Int) {
    typealias Layout = NJEJobHeader.Layout
    guard let section = NJEJobHeader.general(text) else { return }
    func value(_ field: Field<ByteRun>) -> String { NJEJobHeader.text(field, text, section) }
    let number =
      NJEJobHeader.number(Layout.jobNumber, text, section).flatMap { $0 == 0 ? nil : $0 }
      ?? NJEJobHeader.number(Layout.jobID, text, section) ?? 0
    let digits = String(number)
    let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    var object = "\(value(Layout.jobName)) (JOB\(padded))"
    let (origin, execution) = (value(Layout.originNode), value(Layout.executionNode))
    if !origin.isEmpty { object += " from \(origin)" }
    if !execution.isEmpty { object += " for \(execution)" }
    open[index].exchange.object = object
    open[index].exchange.user = value(Layout.user)
    let names: [(String, Field<ByteRun>)] = [
      ("job class", Layout.jobClass), ("message class", Layout.messageClass),
      ("account", Layout.account), ("programmer", Layout.programmer),
      ("origin remote", Layout.originRemote), ("execution user", Layout.executionUser),
      ("print node", Layout.printNode), ("print remote", Layout.printRemote),
      ("notify node", Layout.notifyNode), ("notify user", Layout.notifyUser),
    ]
    for (name, field) in names where !value(field).isEmpty {
      open[index].exchange.details.append(.init(name, value(field)))
    }
  }

  private mutating func dataSetHeader(_ text: RawSpan, _ index: Int) {
    typealias Layout = NJEDataSetHeader.Layout
    guard let section = NJEDataSetHeader.general(text),
      open[index].exchange.details.count < 64
    else { return }
    func value(_ field: Field<ByteRun>) -> String { NJEJobHeader.text(field, text, section) }
    let parts = [
      value(Layout.procedureStep), value(Layout.step), value(Layout.ddname),
    ].filter { !$0.isEmpty }
    var words = parts.joined(separator: ".")
    if !value(Layout.outputClass).isEmpty { words += " class \(value(Layout.outputClass))" }
    if !value(Layout.node).isEmpty { words += " to \(value(Layout.node))" }
    if !value(Layout.remote).isEmpty { words += " \(value(Layout.remote))" }
    if let records = NJEJobHeader.number(Layout.records, text, section) {
      words += " \(records) records"
    }
    open[index].exchange.details.append(.init("data set", words))
  }
}
