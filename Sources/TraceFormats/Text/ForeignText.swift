internal import TraceBytes
internal import TraceModel

/// Stretches of lines that belong to no record: job log, page headers, the prose of a web page.
///
/// Each stretch is one notice, however many lines it has; blank lines do not end it.
struct ForeignText: Sendable {
  private var start: UInt64 = 0
  private var length: UInt64 = 0

  /// Adds a line to the stretch.
  mutating func add(at offset: UInt64, _ count: Int) {
    if length == 0 { start = offset }
    length = offset &+ UInt64(count) &- start
  }

  /// Reports the stretch, if there is one, and begins anew.
  mutating func flush(_ sink: any TraceSink) throws(TraceError) {
    guard length > 0 else { return }
    let notice = TraceNotice(.skipped, .foreignText, at: start, length: length)
    length = 0
    try sink.notice(notice)
  }
}
