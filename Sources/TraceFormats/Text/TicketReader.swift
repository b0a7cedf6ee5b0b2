internal import TraceBytes
internal import TraceModel

/// Reads a text that holds records of several formats: a support ticket with a listing and a log in it.
///
/// The first format reads all of it. Each of the others is given the text from where its first record stands;
/// what it makes of lines that belong to nothing counts.
struct TicketReader: TraceReader {
  /// A format that may come.
  private struct Other {
    let format: OtherFormat
    var reader: (any TraceReader)?
    /// Text that it has not taken yet, and how much it has.
    var held: [UInt8] = []
    var taken: UInt64 = 0
    /// Where in the input it began.
    var start: UInt64 = 0
  }

  private var first: any TraceReader
  private var others: [Other]
  private let options: FormatOptions
  private var records: UInt64

  init(_ first: any TraceReader, _ others: [OtherFormat], _ options: FormatOptions) {
    self.first = first
    self.others = others.map { Other(format: $0) }
    self.options = options
    records = options.recordsBefore
  }

  var format: String {
    ([first.format] + others.compactMap { $0.reader?.format }).joined(separator: " and ")
  }

  var account: ByteAccount {
    var account = first.account
    for other in others {
      guard let own = other.reader?.account else { continue }
      // The first reader counted these lines as text between records.
      let fill = min(account.fill, own.records)
      let framing = min(account.framing, own.records - fill)
      account.fill -= fill
      account.framing -= framing
      account.records += fill + framing
    }
    return account
  }

  mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    let numbers = RecordNumbers(to: sink, after: records)
    defer { records = numbers.last }
    let used = try first.read(window, at: offset, atEnd: atEnd, into: numbers)
    let text = window.extracting(0..<min(used, window.byteCount))
    let isLast = atEnd && text.byteCount == window.byteCount
    let mayBegin = text.hasLine(of: others.flatMap { $0.format.beginnings })
    for index in others.indices {
      // Out of this reader for the call, because the span borrows it.
      var other = others[index]
      others[index].reader = nil
      others[index].held = []
      defer { others[index] = other }
      if other.reader == nil {
        guard mayBegin || other.format.beginnings.isEmpty, other.format.holds(text) else {
          continue
        }
        other.reader = other.format.reader(options)
        other.start = offset
      }
      var held = other.held
      other.held = []
      held.append(text)
      let places = TextPlaces(to: numbers, start: other.start, keepsForeignText: false)
      let taken =
        try unsafe other.reader?.read(
          held.span.bytes, at: other.taken, atEnd: isLast, into: places) ?? 0
      held.removeFirst(min(taken, held.count))
      other.held = held
      other.taken &+= UInt64(taken)
    }
    return used
  }
}

/// Numbers the records of several readers in the order in which they come.
private final class RecordNumbers: TraceStage {
  let downstream: any TraceSink
  private(set) var last: UInt64

  init(to downstream: any TraceSink, after last: UInt64) {
    self.downstream = downstream
    self.last = last
  }

  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    last += 1
    var numbered = copy record
    numbered.number = last
    try downstream.record(numbered, payload)
  }
}

/// Puts offsets back to those of the file.
final class TextPlaces: TraceStage {
  let downstream: any TraceSink
  private let start: UInt64
  private let width: UInt64
  private let keepsForeignText: Bool

  /// - Parameters:
  ///   - width: bytes of a character.
  ///   - keepsForeignText: text that belongs to no record of a second reader is none of its business.
  init(
    to downstream: any TraceSink, start: UInt64, width: UInt64 = 1, keepsForeignText: Bool = true
  ) {
    self.downstream = downstream
    self.start = start
    self.width = width
    self.keepsForeignText = keepsForeignText
  }

  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    var placed = copy record
    placed.offset = start &+ width &* record.offset
    try downstream.record(placed, payload)
  }

  func notice(_ notice: TraceNotice) throws(TraceError) {
    if !keepsForeignText, notice.reason == .foreignText { return }
    var placed = notice
    placed.offset = start &+ width &* notice.offset
    placed.length = width &* notice.length
    try downstream.notice(placed)
  }
}

/// A reader whose input began behind text that was passed over before it was known.
struct LateReader: TraceReader {
  private var inner: any TraceReader
  private let passed: UInt64

  init(_ inner: any TraceReader, behind passed: UInt64) {
    self.inner = inner
    self.passed = passed
  }

  var format: String { inner.format }

  var account: ByteAccount {
    var account = inner.account
    account.fill += passed
    return account
  }

  mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    // The reader is given offsets that count its own bytes only; the sink puts those of the file in their
    // place.
    let places = TextPlaces(to: sink, start: passed)
    return try inner.read(window, at: offset &- passed, atEnd: atEnd, into: places)
  }
}
