internal import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The line of progress on standard error, the only one there is: whoever writes to the terminal takes it away
/// first.
package enum ProgressLine {
  private static let isShown = Atomic<Bool>(false)
  private static let isOver = Atomic<Bool>(false)

  /// Whether there is somebody to tell: standard error is a terminal, and nobody asked for quiet.
  package static var isWanted: Bool { Terminal.isError && !isOver.load(ordering: .relaxed) }

  /// Writes over what is shown; nothing any more after ``end()``.
  package static func show(_ text: String) {
    guard !isOver.load(ordering: .relaxed) else { return }
    isShown.store(true, ordering: .relaxed)
    // A line that the terminal breaks could not be taken away.
    put("\r\u{1B}[K" + text.prefix((Terminal.errorWidth ?? 80) - 1))
  }

  /// Takes the line away; it comes back with the next step.
  package static func wipe() {
    if isShown.exchange(false, ordering: .relaxed) { put("\r\u{1B}[K") }
  }

  /// Takes it away for good: the output itself is on the terminal now.
  package static func end() {
    isOver.store(true, ordering: .relaxed)
    wipe()
  }

  private static func put(_ text: String) {
    let bytes = Array(text.utf8)
    // A line of progress is worth no second try.
    _ = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
  }
}
