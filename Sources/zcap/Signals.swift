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
  /// A write to a closed pipe or beyond the largest file allowed becomes an error instead of an end,
  /// and an interrupt removes temporary files before it ends the program as it would have.
  static func install() {
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { received in
        PendingFiles.removeAll()
        Pager.finish()
        signal(received, SIG_DFL)
        raise(received)
      }
    }
  }
}

/// Ends the program; ParsableCommand has an `exit` of its own.
func leave(_ status: Int32) -> Never { exit(status) }
