internal import TraceBytes
internal import TraceModel

/// A stretch of a capture file that could not be read and whose end is still being looked for.
///
/// The notice is given once, when the end is known, however many windows the stretch takes.
struct DamageRun {
  /// Offset of the first byte that could not be read.
  let start: UInt64
  let kind: TraceNotice.Kind
  let reason: TraceNotice.Reason

  /// The notice for the run when good bytes begin again at `end`.
  func notice(until end: UInt64) -> TraceNotice {
    // A record that seemed cut by the end of the input was damage after all when others follow it.
    TraceNotice(
      kind == .cutShort ? .damaged : kind, kind == .cutShort ? .notARecord : reason, at: start,
      length: end &- start)
  }

  /// The notice for the run when the input ends before good bytes come.
  func notice(atEnd end: UInt64) -> TraceNotice {
    TraceNotice(kind, reason, at: start, length: end &- start)
  }
}

/// Whether a structure stands at a place of the window.
enum Presence {
  case no
  /// The bytes that would tell are not in the window yet.
  case unknown
  case yes
}
