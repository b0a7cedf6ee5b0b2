package import TraceBytes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard error, for lines that people read.
package enum ErrorOutput {
  /// Writes one line. Control characters in it, which can come from a file name or a captured name, are shown
  /// as visible escapes.
  package static func line(_ text: String) {
    ProgressLine.wipe()
    let shown = VisibleText.of(text)
    let bytes = Array(
      ((Terminal.errorWidth.map { LineFold(width: $0).folded(shown) } ?? shown) + "\n").utf8)
    unsafe bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let wrote = unsafe write(2, buffer.baseAddress?.advanced(by: done), buffer.count - done)
        if wrote <= 0 { return }
        done += wrote
      }
    }
  }
}

extension TraceError {
  /// Whether whoever read the output has seen enough, and closed the pipe.
  package var isClosedPipe: Bool {
    if case .io(_, let number) = reason { number == EPIPE } else { false }
  }
}
