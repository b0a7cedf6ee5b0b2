internal import TraceBytes

/// The headers of trace entries as they stand in the input, for a writer that gives the same entries again.
///
/// What a header holds beyond the fields that are known is in no `TraceRecord`. Headers wait here until their
/// record is written; those of records that are left out go when many wait.
public final class EntryHeaders {
  /// The form of transfer of the input, once it is known; that of the first of several.
  public internal(set) var framing: Framing?
  /// Whether records of the input have the prefix of an external writer.
  public internal(set) var hasPrefixes = false
  private var waiting: [UInt64: [UInt8]] = [:]
  private var newest: UInt64 = 0
  private static let most = 1 << 19

  /// No header waits; up to 524,288 do.
  public init() {}

  /// Notes what stands in front of the payload of a record.
  func note(_ number: UInt64, _ header: RawSpan) {
    newest = max(newest, number)
    waiting[number] = header.copied()
    if waiting.count > Self.most {
      let oldest = newest &- UInt64(Self.most / 2)
      waiting = waiting.filter { $0.key > oldest }
    }
  }

  /// The header of a record, which does not wait any more.
  public func take(_ number: UInt64) -> [UInt8]? { waiting.removeValue(forKey: number) }
}
