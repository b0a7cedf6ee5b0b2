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

  /// The same of standard error.
  package static let errorWidth: Int? = isError ? columns(of: 2) ?? 80 : nil

  /// Columns that help is laid out for: the argument parser has none for fewer, and what is wider is folded.
  package static let helpColumns = {
    let columns = max(40, width ?? 80)
    // The argument parser reads COLUMNS too, and ends the program when there are too few.
    let own = environment("COLUMNS").flatMap { Int($0) } ?? width ?? columns
    if own < columns, errorWidth != 0 { unsafe setenv("COLUMNS", "\(columns)", 1) }
    return columns
  }()

  private static let columns = columns(of: 1)

  private static func columns(of descriptor: Int32) -> Int? {
    if let text = environment("COLUMNS"), let columns = Int(text), columns >= 20 { return columns }
    let columns = size(of: descriptor).ws_col
    return columns > 0 ? max(20, Int(columns)) : nil
  }

  /// Lines that the terminal of standard output has just now.
  package static var height: Int {
    let lines = size(of: 1).ws_row
    return lines > 0 ? Int(lines) : 24
  }

  private static func size(of descriptor: Int32) -> winsize {
    var size = winsize()
    _ = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size)
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
