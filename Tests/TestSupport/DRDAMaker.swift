internal import TraceBytes

/// Structures of DRDA made for a test.
public enum DRDAMaker {
  public static func word(_ value: Int) -> [UInt8] {
    [UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
  }

  public static func parameter(_ code: Int, _ value: [UInt8]) -> [UInt8] {
    word(value.count + 4) + word(code) + value
  }

  /// A structure whose segments hold so many bytes behind their lengths; all in one when nil. The real
  /// size of a segment that another follows is 32,767.
  public static func structure(
    _ format: UInt8, _ correlation: Int, _ code: Int, _ body: [UInt8], segment: Int? = nil
  ) -> [UInt8] {
    let object = word(body.count + 4) + word(code) + body
    let rest = [0xD0, format] + word(correlation) + object
    guard let segment else { return word(rest.count + 2) + rest }
    var bytes: [UInt8] = []
    var at = 0
    while at < rest.count {
      // The first segment holds the head of the structure and of the object.
      let end = min(rest.count, at == 0 ? max(8, segment) : at + segment)
      bytes += word(end - at + 2 | (end < rest.count ? 0x8000 : 0)) + rest[at..<end]
      at = end
    }
    return bytes
  }

  public static func ebcdic(_ text: String) -> [UInt8] { CodePage.ibm037.bytes(text) ?? [] }

  /// SQL text with null indicator and length, and nothing for single-byte text.
  public static func statement(_ text: [UInt8]) -> [UInt8] {
    [0, 0, 0] + word(text.count) + text + [0xFF]
  }

  /// EXECUTE IMMEDIATE of a statement.
  public static func execute(_ text: [UInt8], segment: Int? = nil) -> [UInt8] {
    structure(0x51, 1, 0x200A, parameter(0x2105, [0xF1]))
      + structure(0x03, 1, 0x2414, statement(text), segment: segment)
  }

  /// A result in EBCDIC, its numbers big-endian; the tokens have X'FF' between them.
  public static func card(_ code: Int, _ state: String, _ tokens: [String] = [], rows: Int = 0)
    -> [UInt8]
  {
    var bytes: [UInt8] = [0] + u32(code) + ebcdic(state) + ebcdic("DSNXOTL ") + [0]
    bytes += u32(0) + u32(0) + u32(rows) + u32(0) + u32(0) + u32(0)
    bytes += [UInt8](repeating: 0x40, count: 11) + word(0)
    let text = Array(tokens.map(ebcdic).joined(separator: [0xFF]))
    return bytes + word(text.count) + text + word(0) + [0xFF]
  }

  public static func u32(_ value: Int) -> [UInt8] {
    word(value >> 16) + word(value)
  }

  /// Collection, package and section, as a command names them.
  public static func package(_ database: String, _ package: String, _ section: Int) -> [UInt8] {
    func padded(_ text: String) -> [UInt8] {
      let bytes = ebcdic(text)
      return bytes + [UInt8](repeating: 0x40, count: 18 - bytes.count)
    }
    return parameter(
      0x2113,
      padded(database) + padded("NULLID") + padded(package) + Array("SYSLVL01".utf8) + word(section)
    )
  }
}
