internal import TraceBytes
internal import TraceProtocols

/// Compressed messages of one side of a WebSocket, each of which can go on from those before it (RFC 7692
/// section 7.2).
///
/// A masked message stands by itself: what follows refers to as many bytes before it as it did, and finds
/// asterisks where the secret was.
final class DeflatedMessages {
  private let decoder = ContentDecoder(rawDeflate: ())
  private var isLost = false
  private static let most = 1 << 20

  /// A message is not whole: those behind it cannot be read.
  func lose() -> CodedBody.Answer {
    isLost = true
    return .unreadable
  }

  /// - Parameter search: a copy of a text with its secrets masked, and how many; nil when it has none.
  func masked(
    _ bytes: [UInt8], _ search: ([UInt8]) -> (bytes: [UInt8], count: Int)?
  ) -> CodedBody.Answer {
    guard !isLost, let text = Self.undo(bytes, decoder) else { return lose() }
    guard let (masked, count) = search(text) else { return .clean }
    for level: Int32 in [9, 6, 1] {
      guard let data = Self.message(masked, level) else { continue }
      if let filled = CodedBody.filled(data, .raw, to: bytes.count) {
        return .masked(filled, count: count)
      }
    }
    return .doesNotFit
  }

  /// The text of a message, whose end is left out; nil when it is none.
  private static func undo(_ bytes: [UInt8], _ decoder: ContentDecoder) -> [UInt8]? {
    var text: [UInt8] = []
    for part in [bytes, [0x00, 0x00, 0xFF, 0xFF]] {
      decoder.decode(unsafe part.span.bytes) { if text.count < most { text.append($0) } }
    }
    return decoder.state == .running && text.count < most ? text : nil
  }

  /// A text as a message of one block: it is not the last one of its stream, and the empty block behind it
  /// begins in its last byte, or in one more.
  private static func message(_ text: [UInt8], _ level: Int32) -> [UInt8]? {
    var data = Deflate.compress(text, .raw, level: level)
    guard let first = data.first else { return nil }
    data[0] = first & 0xFE
    for message in [data, data + [0]] where isWhole(message, text) { return message }
    return nil
  }

  /// Whether a message ends where the next one can begin: a letter in a block of its own follows it.
  private static func isWhole(_ message: [UInt8], _ text: [UInt8]) -> Bool {
    let decoder = ContentDecoder(rawDeflate: ())
    guard undo(message, decoder) == text else { return false }
    var next: [UInt8] = []
    let letter: [UInt8] = [0x00, 0x01, 0x00, 0xFE, 0xFF, 0x41]
    decoder.decode(unsafe letter.span.bytes) { next.append($0) }
    return next == [0x41]
  }
}
