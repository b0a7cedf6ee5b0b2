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

  /// Whether standard input comes as somebody makes it, and not from a file.
  package static let isLiveInput = {
    var status = stat()
    return unsafe fstat(0, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
  }()

  /// Columns of a line on standard output: COLUMNS, or what the terminal says. Nil when it is none: what goes
  /// into a file or pipe is not cut.
  package static let width: Int? = isOutput ? columns ?? 80 : nil

  private static let columns: Int? = {
    if let text = environment("COLUMNS"), let columns = Int(text), columns >= 20 { return columns }
    return size.ws_col > 0 ? max(20, Int(size.ws_col)) : nil
  }()

  /// Lines that the terminal of standard output has just now.
  package static var height: Int { size.ws_row > 0 ? Int(size.ws_row) : 24 }

  private static var size: winsize {
    var size = winsize()
    _ = unsafe ioctl(1, UInt(TIOCGWINSZ), &size)
    return size
  }

  /// Whether colours are wanted where nobody says so: on a terminal, and never against NO_COLOR
  /// (no-color.org).
  package static let takesColour =
    isOutput && (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"

  /// A variable of the environment; nil when it is not set.
  package static func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
