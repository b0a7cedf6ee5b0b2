public import TraceBytes
public import TraceModel

/// Reads CTRACE entries from a file in any form of transfer: a saved buffer, records with RDWs, BDWs,
/// 4-byte lengths or FTP blocks, and external-writer data sets with a prefix in each record.
public struct CTEReader: TraceFormat {
  /// The form of transfer; nil until the first bytes have told it.
  public private(set) var framing: Framing?
  private var walker: CTEWalker
  private var deframer: Deframer
  private let stream = ByteBuffer()
  private var map: FrameMap

  /// - Parameter leapSeconds: how far the TOD clock of the system is ahead of UTC (CVTLSO).
  /// - Parameter fill: zeros of the file that came before the first byte given to the reader.
  public init(
    framing: Framing, leapSeconds: Int = 0, recordsBefore: UInt64 = 0, fill: UInt64 = 0
  ) {
    self.framing = framing
    walker = CTEWalker(fill: fill)
    walker.clockAhead = Int64(leapSeconds) * 1_000_000_000
    walker.entries = recordsBefore
    deframer = Deframer(framing)
    map = FrameMap(framed: true)
  }

  /// A reader that tells the form of transfer from the first bytes it is given.
  public init(_ options: FormatOptions) {
    self.init(
      framing: .none, leapSeconds: options.leapSeconds, recordsBefore: options.recordsBefore,
      fill: options.fillBefore)
    framing = nil
  }

  /// A reader for the middle of a file, from an offset on: what `head` has learned of the form of transfer at
  /// the beginning of the file counts, and what comes before the first good entry is damage.
  ///
  /// What looks like an entry at first may stand in the payload of another one; ``largestEntry`` bytes further
  /// on, entries are those that a reader finds from the beginning of the file.
  public init(inside head: CTEReader, at offset: UInt64) {
    framing = head.framing
    walker = CTEWalker(inside: head.walker, at: offset)
    deframer = Deframer(
      inside: head.deframer, prefix: head.walker.prefixes.lengths.first ?? 0)
    map = FrameMap(framed: true)
  }

  /// The largest entry: its length has 16 bits.
  public static let largestEntry = 1 << 16

  /// Is told the header of each entry, for one who writes them again.
  public var headers: EntryHeaders? {
    get { walker.headers }
    set { walker.headers = newValue }
  }

  /// Bytes of the record prefix that was learned; 0 without one.
  private var prefixLength: Int { walker.prefixes.lengths.first { $0 > 0 } ?? 0 }

  public var format: String {
    let text = prefixLength > 0 ? ", record prefix of \(prefixLength) bytes" : ""
    return "CTRACE entries, \((framing ?? Framing.none).text)\(text)"
  }

  public var account: ByteAccount {
    var account = walker.account
    account.framing += deframer.markBytes
    return account
  }

  public mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    if framing == nil {
      let found = Self.recognise(window, atEnd: atEnd).framing
      framing = found
      deframer = Deframer(found)
    }
    if let headers = walker.headers, headers.framing == nil { headers.framing = framing }
    if framing == Framing.none {
      return try walker.walk(window, FrameMap(offset: offset), atEnd: atEnd, into: sink)
    }
    let taken = try deframer.read(window, at: offset, atEnd: atEnd, into: stream, &map, sink)
    let streamEnds = atEnd && taken == window.byteCount
    let stream = self.stream
    let walked = try stream.withBytes { (bytes) throws(TraceError) in
      try walker.walk(bytes, map, atEnd: streamEnds, into: sink)
    }
    stream.removeFirst(walked)
    map.removeFirst(walked)
    // The walker does not notice that the input ends in fill or right behind a record length.
    if streamEnds, let cut = deframer.cut, walker.reportedUpTo < offset + UInt64(taken) {
      try sink.notice(.cutShort, .inputEnds, at: cut, length: offset + UInt64(taken) - cut)
    }
    return taken
  }

  // MARK: - Recognising

  /// How much of an input is looked at before it is called something else.
  static let probeSize = 1 << 20

  /// Whether the input holds CTRACE entries.
  public static func probe(_ window: RawSpan, atEnd: Bool) -> FormatProbe {
    recognise(window, atEnd: atEnd).answer
  }

  /// Whether the input holds CTRACE entries, and in which form of transfer.
  public static func recognise(_ window: RawSpan, atEnd: Bool) -> (
    answer: FormatProbe, framing: Framing
  ) {
    if beginsWithEntry(window, 0) { return (.yes, .none) }
    // The form of a record that is not followed by another one: its length may be damaged.
    var alone: Framing?
    for framing in [Framing.bdw, .rdw, .length, .lengthWithItself, .ftpBlock] {
      let deframer = Deframer(framing)
      var first = 0
      if framing == .bdw {
        guard DescriptorWord(block: window, at: 0) != nil else { continue }
        first = 4
      }
      guard let frame = deframer.frame(window, first) else { continue }
      let start = first + frame.mark
      let end = start + frame.content
      if beginsWithEntry(window, start), CTE.end(window, start) <= end {
        if end == window.byteCount || deframer.frame(window, end) != nil { return (.yes, framing) }
        if end + 4 > window.byteCount, !atEnd, window.byteCount < probeSize {
          return (.needMore, .none)
        }
        alone = alone ?? framing
      }
      if deframer.chains(window, 0, frames: 8), holdsEntries(window, framing) {
        return (.yes, framing)
      }
    }
    guard window.byteCount >= probeSize || atEnd else { return (.needMore, .none) }
    guard firstEntry(window) != nil else {
      return alone.map { (.yes, $0) } ?? (.no, .none)
    }
    return (.yes, bestFraming(window))
  }

  /// Whether a good entry stands whole at `at`, or as much of it as a probe can see.
  private static func beginsWithEntry(_ bytes: RawSpan, _ at: Int) -> Bool {
    guard CTE.beginsStrictly(bytes, at), bytes.has(64, at: at) else { return false }
    let end = CTE.end(bytes, at)
    return end > bytes.byteCount || CTE.closes(bytes, at, end)
  }

  /// Whether nearly all of the input can be read in this form.
  private static func holdsEntries(_ bytes: RawSpan, _ framing: Framing) -> Bool {
    let account = trial(bytes, framing).account
    return account.records > 0 && account.damaged * 8 < account.total
  }

  /// What reading the head of the input in this form makes of its bytes, how often the record marks made no
  /// sense, and the record prefix that was learned.
  private static func trial(
    _ bytes: RawSpan, _ framing: Framing
  ) -> (account: ByteAccount, faults: UInt64, prefix: Int) {
    var reader = CTEReader(framing: framing)
    let faults = FramingFaults()
    let head = bytes.extracting(0..<min(bytes.byteCount, probeSize))
    _ = try? reader.read(head, at: 0, atEnd: true, into: faults)
    return (reader.account, faults.count, reader.prefixLength)
  }

  /// Where the first whole entry stands.
  private static func firstEntry(_ bytes: RawSpan) -> Int? {
    let end = min(bytes.byteCount, probeSize) - 64
    return (0..<max(0, end)).first {
      bytes.u8($0 + CTELayout.dataOffset.offset) == 0 && CTE.beginsStrictly(bytes, $0)
        && CTE.wholeEnd(bytes, $0) != nil
    }
  }

  /// The form of a file that does not begin as any of them, since it has record prefixes or damage at
  /// its head: the one in which the least of it is damaged.
  private static func bestFraming(_ bytes: RawSpan) -> Framing {
    var best = Framing.none
    var least = UInt64.max
    var prefix = 0
    for framing in Framing.allCases {
      let tried = trial(bytes, framing)
      // Marks that made no sense count, because any bytes can be read as a few marks.
      let cost = tried.account.damaged + 64 * tried.faults
      // What an unframed reading took for a prefix may be a mark and a prefix, where one of the marks is
      // damaged.
      let explains =
        best == .none && prefix > 0 && tried.prefix + framing.markSize == prefix
        && cost < UInt64(bytes.byteCount) / 8
      if cost < least || explains { (best, least) = (framing, cost) }
      if framing == .none { prefix = tried.prefix }
    }
    return best
  }
}

/// Takes nothing and counts record marks that do not fit.
private final class FramingFaults: TraceSink {
  private(set) var count: UInt64 = 0

  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) {}

  func notice(_ notice: TraceNotice) {
    if notice.reason == .framing { count += 1 }
  }
}
