internal import TraceBytes
internal import TraceFormats
internal import TraceModel
internal import TraceStreams

/// Bytes of a file, the last one not included.
package struct ByteRange: Sendable, Equatable {
  package var start: UInt64
  package var end: UInt64

  /// - Parameter argument: `0-1000000`; without the second number up to the end of the file.
  package init?(_ argument: String) {
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let start = UInt64(parts[0]) else { return nil }
    guard let end = parts[1].isEmpty ? UInt64.max : UInt64(parts[1]), start <= end else {
      return nil
    }
    self.start = start
    self.end = end
  }

  func contains(_ offset: UInt64) -> Bool { offset >= start && offset < end }
}

/// The records of one part of a file: those that begin in it, by their first segment.
///
/// Where an entry begins is found by looking back: what is traced may be a trace itself, with good entries in
/// it, but none goes on for longer than the entry around it. Parts that tile a file have all of its records,
/// each once: ``firstOffset`` of one is ``nextOffset`` of the part in front of it.
package final class RangeCut {
  package let range: ByteRange
  /// Where the first entry at or behind the beginning of the range stands, and the first one behind its end.
  package private(set) var firstOffset: UInt64?
  package private(set) var nextOffset: UInt64?
  /// Segments in the range whose first one may stand before everything that was looked at.
  package private(set) var seamOrphans: UInt64 = 0

  /// Where reading begins, and from where on entries are certain.
  private var start: UInt64 = 0
  private var certain: UInt64 { start == 0 ? 0 : start + UInt64(CTEReader.largestEntry) }
  private var head: CTEReader?
  private var joiner: SegmentJoiner?
  private var front: (any TraceSink)?
  private var seen: UInt64 = 0

  /// How far in front of the range is looked first.
  static let lookBack: UInt64 = 128 << 10
  /// How much of the beginning of the file tells its form.
  private static let headSize: UInt64 = 1 << 20

  /// - Throws: ``UsageMistake`` for an input that cannot be read in parts, `TraceError` for one that cannot
  ///   be read.
  package init(_ range: ByteRange, of path: String) throws {
    self.range = range
    let source = try ByteSource(path: path)
    guard let size = source.size else {
      throw UsageMistake("--range \(path): only a file can be read in parts.")
    }
    let input = TraceInput(source)
    do {
      try input.run(into: NoTracker(), until: { source.offset >= Self.headSize })
    } catch {
      // Too little to tell, or none of the formats: the run itself says so.
      if source.isCompressed { throw Self.mistake(path, "gzip") }
      guard input.reader == nil else { throw error }
      return
    }
    if source.isCompressed { throw Self.mistake(path, "gzip") }
    guard let reader = input.reader as? CTEReader else {
      throw Self.mistake(path, input.reader?.format ?? "its format")
    }
    head = reader
    var back = Self.lookBack
    let from = min(range.start, size)
    repeat {
      start = from > back ? from - back : 0
      back &*= 8
    } while try start > 0 && beginsInsideSet(path)
  }

  private static func mistake(_ path: String, _ format: String) -> UsageMistake {
    UsageMistake(
      "--range \(path): \(format) cannot be read in parts; only CTRACE data sets can.")
  }

  /// Whether a segmented record may be open where entries become certain: a segment comes without its first
  /// one, before the joiner would have given it up.
  private func beginsInsideSet(_ path: String) throws(TraceError) -> Bool {
    let counter = SetCounter(from: certain)
    let (input, _) = try open(path)
    try input.run(into: counter, until: { counter.seen > SegmentJoiner.longestWait })
    return counter.orphans > 0
  }

  /// The file from where reading begins.
  func open(_ path: String) throws(TraceError) -> (input: TraceInput, source: ByteSource) {
    let source = try ByteSource(path: path)
    guard start > 0, let head else { return (TraceInput(source), source) }
    try source.start(at: start)
    return (TraceInput(source, reader: CTEReader(inside: head, at: start)), source)
  }

  // MARK: - Stages

  /// The stage in front of the joiner: records in the range go to `front`, the segments around it that belong to
  /// their sets to the joiner.
  func recordsOfRange(front: any TraceSink, joiner: SegmentJoiner) -> any TraceSink {
    self.front = front
    self.joiner = joiner
    return RangeRecords(self)
  }

  /// The stage behind the joiner: what does not begin in the range ends here.
  func onlyRange(_ downstream: any TraceSink) -> any TraceSink { RangeEnd(self, to: downstream) }

  /// Whether everything that begins in the range has been given.
  var isDone: Bool {
    nextOffset != nil && joiner?.holdsSet(before: range.end) != true
  }

  /// The input has ended.
  func finish(at size: UInt64) {
    firstOffset = firstOffset ?? max(size, range.start)
    nextOffset = nextOffset ?? max(size, range.start)
  }

  fileprivate func take(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    guard record.offset >= certain else { return }
    seen &+= 1
    guard record.offset >= range.start else { return try joiner?.record(record, payload) ?? () }
    if firstOffset == nil { firstOffset = record.offset }
    if record.offset < range.end {
      try front?.record(record, payload)
    } else {
      if nextOffset == nil { nextOffset = record.offset }
      if !isDone { try joiner?.record(record, payload) }
    }
  }

  fileprivate func take(_ notice: TraceNotice) throws(TraceError) {
    if range.contains(notice.offset) { try front?.notice(notice) }
  }

  fileprivate func passes(_ record: borrowing TraceRecord) -> Bool {
    guard range.contains(record.offset) else { return false }
    if start > 0, record.flags.contains(.orphan), seen <= SegmentJoiner.longestWait {
      seamOrphans &+= 1
    }
    return true
  }
}

private final class RangeRecords: TraceSink {
  private let cut: RangeCut
  init(_ cut: RangeCut) { self.cut = cut }

  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    try cut.take(record, payload)
  }

  func notice(_ notice: TraceNotice) throws(TraceError) { try cut.take(notice) }
}

private final class RangeEnd: TraceStage {
  private let cut: RangeCut
  let downstream: any TraceSink

  init(_ cut: RangeCut, to downstream: any TraceSink) {
    self.cut = cut
    self.downstream = downstream
  }

  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    if cut.passes(record) { try downstream.record(record, payload) }
  }

  func notice(_ notice: TraceNotice) throws(TraceError) {
    if cut.range.contains(notice.offset) { try downstream.notice(notice) }
  }
}

/// Joins segments and keeps nothing.
private final class SetCounter: TraceSink {
  private let joiner = SegmentJoiner(to: NoTracker())
  private let certain: UInt64
  private(set) var seen: UInt64 = 0
  var orphans: UInt64 { joiner.counts.orphans }

  init(from certain: UInt64) { self.certain = certain }

  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    guard record.offset >= certain, seen <= SegmentJoiner.longestWait else { return }
    seen &+= 1
    try joiner.record(record, payload)
  }
}
