internal import TraceBytes
public import TraceModel

/// Writes records as CTRACE entries: the counterpart of the decoder, for generated traces and tests.
public struct CTEWriter: Sendable {
  /// Length of the PTH to write; 92 is what z/OS writes.
  public var headerLength = PTHLayout.headerSize
  /// Largest entry; a longer record is segmented as z/OS does it.
  public var largestEntry = 65_534

  /// Entries with a PTH of 92 bytes, as long as an entry can be.
  public init() {}

  /// Appends the record as one entry, or as several when it does not fit into one.
  public func append(
    _ record: TraceRecord, _ payload: RawSpan, to bytes: inout [UInt8]
  ) {
    let room = largestEntry - CTELayout.smallest - headerLength
    var at = 0
    var segment = Int(record.segment)
    repeat {
      let part = payload.extracting(at..<min(payload.byteCount, at + room))
      CTE.append(
        record, part, segment: UInt8(segment), headerLength: headerLength, to: &bytes)
      at += part.byteCount
      // After 255 the number goes on with 1: 0 is the first segment only.
      segment = segment == 255 ? 1 : segment + 1
    } while at < payload.byteCount
  }
}
