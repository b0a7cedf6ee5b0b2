internal import TraceBytes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What signals do to a run.
package enum Signals {
  /// A write to a closed pipe or beyond the largest file allowed becomes an error instead of an end. The first
  /// interrupt ends the input where it is, so that what was read is shown or written; where nothing is read,
  /// and the second time, it removes temporary files and ends the program.
  package static func install() {
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
  package static func end(_ received: Int32) {
    PendingFiles.removeAll()
    Pager.finish()
    signal(received, SIG_DFL)
    raise(received)
  }

  /// Ends the program with a status. The parser's way of it looks for words about the status first, which takes a
  /// twentieth of a start.
  package static func leave(_ status: Int32) -> Never { exit(status) }

  private static func isIgnored(_ handler: (@convention(c) (Int32) -> Void)?) -> Bool {
    unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// What stopped the input, in words; nil when nothing did, or it was meant to.
  package static var stopped: (signal: Int32, what: String)? {
    guard let received = Interrupt.signal, !Interrupt.isExpected else { return nil }
    return (received, received == SIGINT ? "an interrupt" : "signal \(received)")
  }
}
