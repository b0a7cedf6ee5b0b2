public import TraceBytes
public import TraceModel

/// Puts records into time order with bounded memory: runs of records are sorted, written to a temporary
/// file, and merged at the end.
///
/// Records of the same time stay in the order in which they came. Disk space of about the size of the
/// input is needed in the folder given; the file has no name and is gone when the program ends.
public final class SortSink: TraceStage {
  /// Bytes kept in memory before a run is written.
  public static let memoryLimit = 16 << 20

  /// Gets all records in order of time when the input has ended, notices and interfaces at once.
  public let downstream: any TraceSink
  private let folder: String
  private let memoryLimit: Int
  private var spill: SpillFile?
  private let payloads = ByteBuffer()
  private var held: [Held] = []
  private var runs: [SpillFile.Run] = []
  /// Comments of the record that comes next, and of those that were taken, by number.
  private var waiting: [[UInt8]] = []
  private var comments: [UInt64: [[UInt8]]] = [:]

  private struct Held {
    var record: TraceRecord
    var start: Int
    var count: Int
  }

  /// - Parameters:
  ///   - folder: where the temporary file is made when the records do not fit into memory.
  ///   - memoryLimit: bytes kept in memory before a run is written.
  public init(
    to downstream: any TraceSink, folder: String, memoryLimit: Int = SortSink.memoryLimit
  ) {
    self.downstream = downstream
    self.folder = folder
    self.memoryLimit = memoryLimit
  }

  public func record(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) {
    if !waiting.isEmpty {
      comments[record.number] = waiting
      waiting = []
    }
    held.append(Held(record: record, start: payloads.count, count: payload.byteCount))
    payloads.append(payload)
    if payloads.count + held.count * MemoryLayout<Held>.stride > memoryLimit { try writeRun() }
  }

  public func comment(_ text: RawSpan) throws(TraceError) { waiting.append(text.copied()) }

  public func finish() throws(TraceError) {
    sortHeld()
    if runs.isEmpty {
      let held = self.held
      try payloads.withBytes { (bytes) throws(TraceError) in
        for one in held {
          try give(one.record, bytes.extracting(one.start..<(one.start + one.count)))
        }
      }
    } else {
      try writeRun()
      try merge()
    }
    try downstream.finish()
  }

  private func give(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) {
    if record.flags.contains(.commented) {
      for comment in comments.removeValue(forKey: record.number) ?? [] {
        try unsafe downstream.comment(comment.span.bytes)
      }
    }
    try downstream.record(record, payload)
  }

  private func sortHeld() {
    // A sort that keeps equal times in order: the index decides.
    let order = held.indices.sorted { one, other in
      let (left, right) = (held[one].record.time, held[other].record.time)
      return left != right ? left < right : one < other
    }
    held = order.map { held[$0] }
  }

  private func writeRun() throws(TraceError) {
    guard !held.isEmpty else { return }
    sortHeld()
    if spill == nil { spill = try SpillFile(folder: folder) }
    guard let spill else { return }
    let held = self.held
    let run = try payloads.withBytes { (bytes) throws(TraceError) in
      try spill.write(held.count) { (index, write) throws(TraceError) in
        let one = held[index]
        try write(one.record, bytes.extracting(one.start..<(one.start + one.count)))
      }
    }
    runs.append(run)
    self.held.removeAll(keepingCapacity: true)
    payloads.removeAll()
  }

  /// Gives the records of all runs in time order; runs are few, so the earliest head is searched for.
  private func merge() throws(TraceError) {
    guard let spill else { return }
    var heads: [SpillFile.Cursor] = []
    for run in runs {
      let cursor = spill.cursor(run)
      if try cursor.next() { heads.append(cursor) }
    }
    while !heads.isEmpty {
      var earliest = 0
      for index in heads.indices.dropFirst()
      where heads[index].record.time < heads[earliest].record.time { earliest = index }
      let cursor = heads[earliest]
      try cursor.withPayload { (record, bytes) throws(TraceError) in
        try give(record, bytes)
      }
      if try !cursor.next() { heads.remove(at: earliest) }
    }
  }
}
