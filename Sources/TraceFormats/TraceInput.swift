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
  /// - Throws: ``TraceError`` when the input cannot be read or recognised, or the sink throws. What
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
        // Read in place: of a second copy every collection would be duplicated when it is changed.
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
  /// trace data set may begin with buffers that were never filled. Nil when a signal came before there was
  /// enough to tell.
  private func recognise(
    _ failure: inout TraceError?, _ sink: any TraceSink
  ) throws(TraceError) -> (any TraceReader)? {
    var options = options
    while true {
      let atEnd = source.atEnd
      let found = source.withWindow { FormatDetector.detect($0, atEnd: atEnd, options, others) }
      switch found {
      case .reader(let reader):
        if source.offset > 0, reader.account.total == 0 {
          try sink.notice(TraceNotice(.damaged, .unknownPrefix, at: 0, length: source.offset))
        }
        return reader
      case .unrecognised(let hint):
        if let failure { throw failure }
        if source.isStopped { return nil }
        throw TraceError(source.name, .unrecognised(hint))
      case .needMore:
        let count = source.count
        let isFill = source.withWindow { $0.firstIndex(after: 0, otherThan: 0) == count }
        do throws(TraceError) {
          if isFill, count > Self.keptFill {
            // The last zeros may belong to what follows.
            options.fillBefore += UInt64(count - Self.keptFill)
            try source.consume(count - Self.keptFill)
          }
          _ = try source.fill()
        } catch { failure = error }
      }
    }
  }

  private static let keptFill = 4096
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

/// A format that another module reads: how to tell it, and its reader.
public struct OtherFormat {
  let probe: (RawSpan, Bool) -> FormatProbe
  let reader: (FormatOptions) -> any TraceReader

  /// - Parameters:
  ///   - probe: says whether the window holds the format; `atEnd` tells that no more bytes come.
  ///   - reader: makes a reader that begins at the first byte of the input.
  public init(
    probe: @escaping (_ window: RawSpan, _ atEnd: Bool) -> FormatProbe,
    reader: @escaping (FormatOptions) -> any TraceReader
  ) {
    self.probe = probe
    self.reader = reader
  }
}

/// Recognises formats by content.
public enum FormatDetector {
  /// What a window was found to hold.
  public enum Answer {
    case reader(any TraceReader)
    case needMore
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
    if window.byteCount == 0 { return atEnd ? .unrecognised(NearMiss.hint(window)) : .needMore }
    var undecided = false
    for format in formats {
      switch format.probe(window, atEnd: atEnd) {
      case .yes: return .reader(format.init(options))
      case .needMore: undecided = true
      case .no: break
      }
    }
    for other in others {
      let answer = other.probe(window, atEnd)
      if answer == .yes, !undecided || atEnd { return .reader(other.reader(options)) }
      if answer != .no { undecided = true }
    }
    if undecided, !atEnd { return .needMore }
    return .unrecognised(NearMiss.hint(window))
  }
}
