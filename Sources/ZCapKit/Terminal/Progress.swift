#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How far a run has come. Nothing is shown of one that takes less than a second.
package final class Progress {
  private let total: UInt64?
  private let start: ContinuousClock.Instant
  private var next: ContinuousClock.Instant
  /// Bytes of the inputs that are read.
  private var before: UInt64 = 0

  /// - Parameter total: bytes of all inputs; nil when nobody knows, as of a pipe or of compressed files.
  package init(total: UInt64?) {
    self.total = total
    start = .now
    next = start + .seconds(1)
  }

  /// For a run over these files.
  package convenience init(files: [String]) { self.init(total: Self.size(of: files)) }

  /// For work of so many bytes; nil where nobody is to be told.
  package static func wanted(of total: UInt64?) -> Progress? {
    ProgressLine.isWanted ? Progress(total: total) : nil
  }

  private static func size(of files: [String]) -> UInt64? {
    var total: UInt64 = 0
    for path in files {
      var status = stat()
      guard path != "-", unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        !path.hasSuffix(".gz")
      else { return nil }
      total &+= UInt64(max(0, status.st_size))
    }
    return total
  }

  /// Says that so many bytes of the current input are read.
  package func step(_ offset: UInt64) {
    let moment = ContinuousClock.now
    guard moment >= next else { return }
    next = moment + .milliseconds(200)
    ProgressLine.show(Self.text(before &+ offset, of: total, in: moment - start))
  }

  /// An input of so many bytes is read.
  package func inputEnded(_ bytes: UInt64) { before &+= bytes }

  /// How many bytes a file has; nil when nobody knows.
  package static func bytes(of path: String) -> UInt64? { size(of: [path]) }

  /// `zcap: 1.2 GB of 4.0 GB, 800 MB/s, 4 s left`.
  static func text(_ done: UInt64, of total: UInt64?, in time: Duration) -> String {
    let parts = time.components
    let seconds = max(0.001, Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
    let rate = Double(done) / seconds
    var text = "zcap: " + size(Double(done))
    let total = total.flatMap { $0 >= done ? $0 : nil }
    if let total { text += " of " + size(Double(total)) }
    text += ", \(size(rate))/s"
    if let total, rate > 0 {
      text += ", \(span((Double(total - done) / rate).rounded(.up))) left"
    }
    return text
  }

  private static func size(_ bytes: Double) -> String {
    let units: [(Double, String)] = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
    for (unit, name) in units where bytes >= unit {
      let tenths = Int((bytes / unit * 10).rounded())
      return tenths >= 100 ? "\(tenths / 10) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
    }
    return "\(Int(bytes)) B"
  }

  private static func span(_ seconds: Double) -> String {
    let seconds = Int(min(seconds, 359_999))
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
    return "\(seconds / 3600) h \(seconds / 60 % 60) min"
  }
}
