internal import TraceBytes

/// Text that a person wrote or a program printed, whatever a transfer made of it: EBCDIC becomes
/// UTF-8, and records with a length or of one length become lines.
///
/// For logs and policies; listings of traces have readers that look at the bytes themselves.
public struct PlainText: Sendable {
  private let lines: TextLines
  private let wide: WideText?
  private static let glyphs: [[UInt8]] = CodePage.ibm1047.scalars.map { scalar in
    let character = Unicode.Scalar(scalar == 0x85 ? 0x0A : scalar) ?? "\u{FFFD}"
    return Array(UTF8.encode(character) ?? UTF8.encodedReplacementCharacter)
  }

  /// The form of a text, judged by its first bytes; nil when more of them are needed.
  public init?(_ window: RawSpan, atEnd: Bool) {
    guard var lines = TextLines(window, atEnd: atEnd) else { return nil }
    wide = WideText(window)
    if case .fixed = lines.framing,
      let length = TextLines.alignedLength(
        window, lines.encoding, size: atEnd ? window.byteCount : nil)
    {
      lines.framing = .fixed(length)
    }
    self.lines = lines
  }

  /// Whether the text is in ASCII or UTF-8 with line ends, and can be taken as it is.
  public var isPlain: Bool {
    guard lines.encoding == .ascii, wide == nil else { return false }
    switch lines.framing {
    case .lineEnds: return lines.lineEnd == .lineFeed || lines.lineEnd == .doubled
    case .fixed: return true
    case .descriptorWords, .lengthWords: return false
    }
  }

  /// Appends the whole lines of a window as UTF-8, each with a line end.
  ///
  /// - Returns: how many bytes of the window were taken.
  public func read(_ window: RawSpan, atEnd: Bool, into text: inout [UInt8]) -> Int {
    if isPlain {
      text.append(window)
      return window.byteCount
    }
    if let wide { return wide.utf8(window, atEnd: atEnd, into: &text) }
    var at = 0
    while let line = lines.line(window, at: at, atEnd: atEnd) {
      at = line.next
      if line.isDamaged { continue }
      let bytes = window.extracting(line.text)
      for index in 0..<bytes.end(without: lines.encoding == .ascii ? 0x20 : 0x40) {
        if lines.encoding == .ascii {
          text.append(bytes.u8(index))
        } else {
          text += Self.glyphs[Int(bytes.u8(index))]
        }
      }
      text.append(0x0A)
    }
    return at
  }

  /// The whole of a text in memory as UTF-8 with line ends.
  public static func utf8(_ bytes: [UInt8]) -> [UInt8] {
    unsafe bytes.withUnsafeBytes { buffer in
      let window = unsafe buffer.bytes
      guard let form = PlainText(window, atEnd: true), !form.isPlain else { return bytes }
      var text: [UInt8] = []
      text.reserveCapacity(bytes.count)
      _ = form.read(window, atEnd: true, into: &text)
      return text
    }
  }
}

extension RawSpan {
  /// The offset after the last byte that is neither a blank nor a NUL.
  fileprivate func end(without blank: UInt8) -> Int {
    var end = byteCount
    while end > 0, u8(end - 1) == blank || u8(end - 1) == 0 { end -= 1 }
    return end
  }
}
