internal import Synchronization
public import TraceBytes
public import TraceModel

/// One input of any format, from its first byte to its last.
public final class TraceInput {
  /// The bytes, inflated where they were gzip.
  public let source: ByteSource
  /// The reader that recognised the input, once it is known.
  public private(set) var reader: (any TraceReader)?
  /// Is told the headers of trace entries, for one who writes them again.
  public var headers: EntryHeaders?
  private let options: FormatOptions
  private let others: [OtherFormat]

  /// - Parameter others: formats of other modules, tried when none of this one's fits.
  public init(
    _ source: ByteSource, options: FormatOptions = FormatOptions(), others: [OtherFormat] = []
  ) {
    self.source = source
    self.options = options
    self.others = others
  }

  /// An input whose reader is known, because another one has read its beginning.
  public init(_ source: ByteSource, reader: any TraceReader) {
    self.source = source
    self.reader = reader
    options = FormatOptions()
    others = []
  }

  /// Milliseconds without a byte after which the input pauses, and what was found so far is shown.
  public static let pause = 50

  /// Reads the whole input into the sink; does not call the sink's `finish`. A signal ends it where it is, as
  /// if the input ended there, and a record that is cut by that is no damage.
  ///
  /// - Parameter stop: asked after each window; true ends the run before the end of the input.
  /// - Throws: `TraceError` when the input cannot be read or recognised, or the sink throws. What
  ///   came before a read error has been given to the sink.
  public func run(
    into sink: any TraceSink, until stop: () -> Bool = { false }
  ) throws(TraceError) {
    var failure: TraceError?
    if reader == nil { reader = try recognise(&failure, sink) }
    if let headers, var entries = reader as? CTEReader {
      entries.headers = headers
      reader = entries
    }
    guard reader != nil else { return }
    while true {
      let atEnd = source.atEnd
      let offset = source.offset
      let sink = atEnd && source.isStopped ? CutTail(to: sink) : sink
      let consumed = try source.withWindow { (window) throws(TraceError) in
        // Called through the optional: a copy of the reader would share its collections, and each change
        // would copy them.
        try reader?.read(window, at: offset, atEnd: atEnd, into: sink) ?? 0
      }
      if stop() { return }
      do throws(TraceError) {
        try source.consume(consumed)
        if source.atEnd {
          if atEnd { break }
          continue
        }
        guard source.count < ByteSource.largestWindow else {
          throw TraceError(
            source.name, at: source.offset,
            .failed("a structure of more than \(ByteSource.largestWindow) bytes cannot be right"))
        }
        if !source.isReady(within: Self.pause) { try sink.pause() }
        _ = try source.fill()
      } catch {
        guard source.atEnd, failure == nil else { throw error }
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Zeros before the first byte that says what the input is are passed over, however many they are: a
  /// trace data set may begin with buffers that were never filled. So are lines of other programs. Nil when a
  /// signal came before there was enough to tell.
  private func recognise(
    _ failure: inout TraceError?, _ sink: any TraceSink
  ) throws(TraceError) -> (any TraceReader)? {
    var options = options
    var hint: String?
    var passedText: UInt64 = 0
    while true {
      let atEnd = source.atEnd
      let found = source.withWindow { FormatDetector.detect($0, atEnd: atEnd, options, others) }
      switch found {
      case .reader(let reader) where passedText > 0:
        try sink.notice(.skipped, .foreignText, at: 0, length: passedText)
        return LateReader(reader, behind: passedText)
      case .reader(let reader):
        if source.offset > 0, reader.account.total == 0 {
          try sink.notice(.damaged, .unknownPrefix, at: 0, length: source.offset)
        }
        return reader
      case .unrecognised(let last):
        let lines = linesToPass(passedText)
        guard failure == nil, lines > 0 else {
          if let failure { throw failure }
          if source.isStopped { return nil }
          throw TraceError(source.name, .unrecognised(hint ?? last))
        }
        if hint == nil { hint = last }
        passedText += UInt64(lines)
        try source.consume(lines)
      case .needMore(let others):
        let count = source.count
        // Bytes that a format of another module takes, or may take, are not passed over as text.
        let isHeld = others == .yes || others == .needMore && passedText == 0
        // Of what is still written there may not be more for hours.
        if others == .yes, !source.isReady(within: Self.pause),
          case .reader(let reader) = source.withWindow({
            FormatDetector.detect($0, atEnd: true, options, self.others)
          })
        {
          return reader
        }
        let lines = options.fillBefore == 0 && !isHeld ? linesToPass(passedText) : 0
        let isFill = source.withWindow { $0.firstIndex(after: 0, otherThan: 0) == count }
        do throws(TraceError) {
          if isFill, count > Self.keptFill {
            // The last zeros may belong to what follows.
            options.fillBefore += UInt64(count - Self.keptFill)
            try source.consume(count - Self.keptFill)
          } else if lines > 0 {
            if hint == nil { hint = source.withWindow { NearMiss.hint($0) } }
            passedText += UInt64(lines)
            try source.consume(lines)
          }
          // Reads more only when the rest of the window is short; else the rest is probed again.
          if lines == 0 || source.count <= ListingReader.probeLength { _ = try source.fill() }
        } catch { failure = error }
      }
    }
  }

  private static let keptFill = 4096
  /// Of text from a pipe, which may have no end, no more than this is passed over.
  private static let largestPipe: UInt64 = 64 << 20

  /// Bytes of whole lines at the beginning of the window that are passed over: of text in which no format has
  /// found a record as far as the formats look. The later half of that stays, because a record may begin
  /// there; 0 for what is no text with line ends.
  private func linesToPass(_ passed: UInt64) -> Int {
    let looked = ListingReader.probeLength
    guard source.count > looked,
      source.size != nil || source.isCompressed || passed < Self.largestPipe
    else { return 0 }
    return source.withWindow { window in
      guard ListingReader.looksLikeText(window), let form = TextLines(window, atEnd: false),
        form.framing == .lineEnds, WideText(window) == nil
      else { return 0 }
      let isEBCDIC = form.encoding == .ebcdic
      var end = looked / 2
      while end > 0 {
        let byte = window.u8(end - 1)
        if isEBCDIC ? byte == 0x15 || byte == 0x25 : byte == 0x0A { return end }
        end -= 1
      }
      return 0
    }
  }
}

/// Takes the rest of an input that a signal has ended: more would have come.
private final class CutTail: TraceStage {
  let downstream: any TraceSink

  init(to downstream: any TraceSink) { self.downstream = downstream }

  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    try downstream.record(record, payload)
  }

  func notice(_ notice: TraceNotice) throws(TraceError) {
    if notice.kind != .cutShort { try downstream.notice(notice) }
  }
}

/// What a reader cannot find in the input and the user may tell.
public struct FormatOptions: Sendable {
  /// The day that a listing without a date belongs to, in days since 1970.
  public var day: Int64?
  /// Is told when records get that day; nil when nobody asks.
  public var dayUse: DayUse?
  /// How far the printed times of a listing are east of UTC, in seconds.
  public var zone: Int = 0
  /// Seconds by which the TOD clock is ahead of UTC (CVTLSO).
  public var leapSeconds: Int = 0
  /// Number of the next interface of a capture file in this run.
  public var firstInterface: UInt32 = 0
  /// Records of the run before this input; its first one bears the next number.
  public var recordsBefore: UInt64 = 0
  /// Zeros of this input that were passed over before the window.
  var fillBefore: UInt64 = 0

  /// No day, UTC, no leap seconds: the first input of a run.
  public init() {}

  /// The day of a listing without a date, as readers of text want it.
  var dayNumber: Int { Int(clamping: day ?? 0) }
}

/// Whether records were given a day because their text has none.
public final class DayUse: Sendable {
  private let used = Atomic<Bool>(false)

  /// Not used yet.
  public init() {}

  /// Whether there is such a record.
  public var isUsed: Bool { used.load(ordering: .relaxed) }

  func note() { used.store(true, ordering: .relaxed) }
}

/// A format that another module reads: how to tell it, and its reader.
public struct OtherFormat {
  let probe: (RawSpan, Bool) -> FormatProbe
  let holds: (RawSpan) -> Bool
  /// What begins a line of every record, so that no more is looked at where none is there; empty where nothing does.
  fileprivate(set) var beginnings: [StaticString] = []
  let reader: (FormatOptions) -> any TraceReader

  /// - Parameters:
  ///   - probe: says whether the window holds the format; `atEnd` tells that no more bytes come.
  ///   - holds: whether a piece of a text, which something else reads, has records of this format.
  ///   - reader: makes a reader that begins at the first byte of the input.
  public init(
    probe: @escaping (_ window: RawSpan, _ atEnd: Bool) -> FormatProbe,
    holds: @escaping (_ text: RawSpan) -> Bool,
    reader: @escaping (FormatOptions) -> any TraceReader
  ) {
    self.probe = probe
    self.holds = holds
    self.reader = reader
  }
}

/// Recognises formats by content.
public enum FormatDetector {
  /// What a window was found to hold.
  public enum Answer {
    /// A trace, and what reads it.
    case reader(any TraceReader)
    /// More bytes are needed to tell; what the formats of other modules say as yet.
    case needMore(others: FormatProbe)
    /// Not a trace; what it seems to be and what to do.
    case unrecognised(String)
  }

  /// Every format that this module reads, the surest signatures first. A new format is one line here.
  static let formats: [any TraceFormat.Type] = [
    CTEReader.self,
    PcapReader.self,
    PcapngReader.self,
    SnifferReader.self,
    SnifferCapture.self,
    ListingReader.self,
    IPCSReader.self,
  ]

  /// Tries each format in turn.
  public static func detect(
    _ window: RawSpan, atEnd: Bool, _ options: FormatOptions = FormatOptions(),
    _ others: [OtherFormat] = []
  ) -> Answer {
    if window.byteCount == 0 {
      return atEnd ? .unrecognised(NearMiss.hint(window)) : .needMore(others: .no)
    }
    if let wide = WideText(window) { return detect(wide, window, atEnd, options, others) }
    var undecided = false
    for format in formats {
      switch format.probe(window, atEnd: atEnd) {
      case .yes where texts.contains { $0 == format } && !others.isEmpty:
        return .reader(TicketReader(format.init(options), others, options))
      case .yes: return .reader(format.init(options))
      case .needMore: undecided = true
      case .no: break
      }
    }
    var best = FormatProbe.no
    for other in others {
      let answer = other.probe(window, atEnd)
      if answer == .yes, !undecided || atEnd {
        return .reader(TicketReader(other.reader(options), textsInLogs, options))
      }
      if answer != .no { undecided = true }
      if answer == .yes || best == .no { best = answer }
    }
    if undecided, !atEnd { return .needMore(others: best) }
    return .unrecognised(NearMiss.hint(window))
  }

  /// The formats that people paste into a text.
  private static let texts: [any TraceFormat.Type] = [ListingReader.self, IPCSReader.self]

  /// The same, to be looked for in a log: by what begins a line, which is soon seen.
  private static var textsInLogs: [OtherFormat] {
    var listing = OtherFormat(
      probe: { _, _ in .no }, holds: { ListingReader.probe($0, atEnd: true) == .yes },
      reader: { ListingReader($0) })
    listing.beginnings = ["Data trace.", "Packet trace."]
    var report = OtherFormat(
      probe: { _, _ in .no }, holds: { IPCSReader.probe($0, atEnd: true) == .yes },
      reader: { IPCSReader($0) })
    report.beginnings = ["Tod Clock", "RcdNr Sysname"]
    return [listing, report]
  }

  /// Text in UTF-16 is what it is in bytes.
  private static func detect(
    _ wide: WideText, _ window: RawSpan, _ atEnd: Bool, _ options: FormatOptions,
    _ others: [OtherFormat]
  ) -> Answer {
    var text: [UInt8] = []
    wide.narrow(window.extracting(min(wide.mark, window.byteCount)..<window.byteCount), into: &text)
    switch unsafe detect(text.span.bytes, atEnd: atEnd, options, others) {
    case .reader(let reader): return .reader(WideReader(reader, wide))
    case let answer: return answer
    }
  }
}

extension RawSpan {
  /// Whether one of the words begins a line, behind two characters of carriage control or blanks at most.
  func hasLine(of words: [StaticString]) -> Bool {
    let letters = words.map { unsafe $0.utf8Start[0] }
    func begins(_ at: Int) -> Bool {
      at < byteCount && letters.contains(u8(at)) && words.contains { stands($0, at: at) }
    }
    var at = 0
    while at < byteCount {
      var start = at
      while start < min(at + 3, byteCount), u8(start) == 0x20 { start += 1 }
      if begins(start) || begins(at + 1) { return true }
      guard let end = firstIndex(of: 0x0A, in: at..<byteCount) else { return false }
      at = end + 1
    }
    return false
  }
}
