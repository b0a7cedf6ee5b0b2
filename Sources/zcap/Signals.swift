import TraceBytes
import ZCapKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What signals do to a run.
enum Signals {
  /// A write to a closed pipe or beyond the largest file allowed becomes an error instead of an end. The first
  /// interrupt ends the input where it is, so that what was read is shown or written; where nothing is read,
  /// and the second time, it removes temporary files and ends the program.
  static func install() {
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    Interrupt.prepare()
    var heard = sigset_t()
    unsafe sigemptyset(&heard)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let before = signal(number) { received in
        if !Interrupt.take(received) { Signals.end(received) }
      }
      unsafe sigaddset(&heard, number)
      // nohup stays what it is.
      if number == SIGHUP, isIgnored(before) { signal(SIGHUP, SIG_IGN) }
    }
    // Whoever started this may have blocked them.
    unsafe pthread_sigmask(SIG_UNBLOCK, &heard, nil)
  }

  /// Ends the program as the signal would have.
  static func end(_ received: Int32) {
    PendingFiles.removeAll()
    Pager.finish()
    signal(received, SIG_DFL)
    raise(received)
  }

  private static func isIgnored(_ handler: (@convention(c) (Int32) -> Void)?) -> Bool {
    unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

/// Ends the program; ParsableCommand has an `exit` of its own. After an interrupt it ends by that signal, so
/// that a shell knows that it must not go on.
func leave(_ status: Int32) -> Never {
  if let received = Interrupt.signal, !Interrupt.isExpected {
    let what = received == SIGINT ? "an interrupt" : "signal \(received)"
    Diagnostics.line("zcap: stopped by \(what); this is what there was until then")
    Signals.end(received)
  }
  exit(status)
}
