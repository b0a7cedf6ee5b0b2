internal import Foundation
internal import TraceBytes

/// Keeps what a renderer writes and looks at it as a terminal or a program would.
final class CheckedOutput: ByteTarget {
  private var bytes: [UInt8] = []

  func write(_ bytes: RawSpan) throws(TraceError) {
    unsafe bytes.withUnsafeBytes { unsafe self.bytes.append(contentsOf: $0) }
  }

  func commit() throws(TraceError) {}

  /// Forgets what was kept, and returns it.
  func take() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }
}

enum OutputChecks {
  /// Text that does nothing to a terminal: UTF-8, no control characters but line feeds, nothing that
  /// turns the direction of writing.
  static func text(_ bytes: [UInt8], _ what: String, allowsTabs: Bool = false) throws {
    var isPlain = true
    for byte in bytes where byte < 0x20 || byte >= 0x7F {
      if byte == 0x0A || byte == 0x09 && allowsTabs { continue }
      if byte >= 0x80 {
        isPlain = false
        continue
      }
      throw Finding("\(what): control character \(byte) in the output")
    }
    if isPlain { return }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Finding("\(what): the output is not UTF-8")
    }
    for scalar in text.unicodeScalars {
      let isHarmful =
        switch scalar.value {
        case 0x80...0x9F, 0x200E, 0x200F, 0x061C, 0x202A...0x202E, 0x2066...0x2069, 0x2028, 0x2029:
          true
        default: false
        }
      if isHarmful { throw Finding("\(what): U+\(String(scalar.value, radix: 16)) in the output") }
    }
  }

  /// Lines that are a JSON object each.
  static func jsonLines(_ bytes: [UInt8], _ what: String) throws {
    try text(bytes, what)
    for line in bytes.split(separator: 0x0A) { try json(Array(line), what) }
  }

  /// What writes lines of JSON.
  static func jsonLines(
    _ what: String, _ body: (inout JSONLine) throws(TraceError) -> Void
  ) throws {
    let target = MemoryTarget()
    let sink = ByteSink(target)
    var json = JSONLine(sink)
    try body(&json)
    try sink.flush()
    try jsonLines(target.bytes, what)
  }

  /// One JSON value.
  static func json(_ bytes: [UInt8], _ what: String) throws {
    guard bytes.count < 1 << 16 else { return }
    do {
      _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    } catch {
      throw Finding("\(what): not JSON: \(String(decoding: bytes.prefix(200), as: UTF8.self))")
    }
  }
}
