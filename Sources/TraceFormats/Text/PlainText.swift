internal import TraceBytes

/// Text that a person wrote or a program printed, whatever a transfer made of it: EBCDIC becomes
/// UTF-8, and records with a length or of one length become lines.
///
/// For logs and policies; listings of traces have readers that look at the bytes themselves.
public struct PlainText: Sendable {
  private let lines: TextLines
  private static let glyphs: [[UInt8]] = CodePage.ibm1047.scalars.map { scalar in
    let character = Unicode.Scalar(scalar == 0x85 ? 0x0A : scalar) ?? "\u{FFFD}"
    return Array(UTF8.encode(character) ?? UTF8.encodedReplacementCharacter)
  }

  /// The form of a text, judged by its first bytes; nil when more of them are needed.
  public init?(_ window: RawSpan, atEnd: Bool) {
    guard var lines = TextLines(window, atEnd: atEnd) else { return nil }
    if case .fixed = lines.framing, lines.encoding == .ebcdic,
      let length = Self.cardLength(window, atEnd: atEnd)
    {
      lines.framing = .fixed(length)
    }
    self.lines = lines
  }

  /// Whether the text is in ASCII or UTF-8 with line ends, and can be taken as it is.
  public var isPlain: Bool {
    guard lines.encoding == .ascii else { return false }
    switch lines.framing {
    case .lineEnds, .fixed: return true
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

  /// The record length of text without line ends: the smallest of the usual ones at which all records
  /// end in a blank or, as cards do, in a number; of a whole text one that divides it.
  private static func cardLength(_ window: RawSpan, atEnd: Bool) -> Int? {
    let fitting = [80, 72, 120, 121, 125, 128, 132, 133, 137, 200, 255, 256].filter { length in
      guard window.byteCount >= length else { return false }
      return stride(from: length - 1, to: window.byteCount, by: length).allSatisfy {
        let last = window.u8($0)
        return last == 0x40 || (0xF0...0xF9).contains(last)
      }
    }
    let whole = atEnd ? fitting.first { window.byteCount % $0 == 0 } : nil
    return whole ?? fitting.first
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
