#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What is known of the terminal, before a pager stands in front of it.
package enum Terminal {
  /// Whether standard output and standard error were terminals when the program began.
  package static let isOutput = isatty(1) == 1
  package static let isError = isatty(2) == 1

  /// Columns of a line on standard output: COLUMNS, or what the terminal says. Nil when it is none: what goes
  /// into a file or pipe is not cut.
  package static let width: Int? = isOutput ? columns ?? 80 : nil

  private static let columns: Int? = {
    if let text = environment("COLUMNS"), let columns = Int(text), columns >= 20 { return columns }
    var size = winsize()
    guard unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return max(20, Int(size.ws_col))
  }()

  /// Whether colours are wanted where nobody says so: on a terminal, and never against NO_COLOR
  /// (no-color.org).
  package static let takesColour =
    isOutput && (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"

  /// A variable of the environment; nil when it is not set.
  package static func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
