/// Short words for the bytes of one EZD1285I line.
enum TLSRecordText {
  /// Names the record or message the bytes begin with.
  static func describe(_ bytes: [UInt8]) -> String {
    let size = bytes.count == 1 ? "1 byte" : "\(bytes.count) bytes"
    guard let header = TLSRecordHeader(bytes) else {
      // RECV lines carry the body of a record without its header.
      if bytes.count == 2, let text = alert(bytes[0], bytes[1]) { return "\(size): \(text)" }
      if bytes.count >= 4, let name = Knowledge.name(.handshake, UInt16(bytes[0])),
        Int(bytes[1]) << 16 | Int(bytes[2]) << 8 | Int(bytes[3]) <= bytes.count - 4
      {
        return "\(size): \(name)"
      }
      return size
    }
    let type = Knowledge.name(.record, UInt16(header.type)) ?? "record type \(header.type)"
    let version = Knowledge.name(.version, header.version) ?? Knowledge.hex4(header.version)
    var text = "\(size): \(type) record, \(version), length \(header.length)"
    if header.type == 0x15, bytes.count == 7, let alert = alert(bytes[5], bytes[6]) {
      text += ", \(alert)"
    }
    if header.type == 0x16, bytes.count > 5, let name = Knowledge.name(.handshake, UInt16(bytes[5]))
    {
      text += ", \(name)"
    }
    return text
  }

  private static func alert(_ level: UInt8, _ code: UInt8) -> String? {
    guard level == 1 || level == 2 else { return nil }
    let name = Knowledge.alert(code)?.name ?? "not known"
    return "\(level == 2 ? "fatal alert" : "warning") \(code) \(name)"
  }
}

/// The five bytes in front of every TLS record.
struct TLSRecordHeader {
  /// Bytes of a header.
  static let size = 5
  /// The longest body that any version allows, with room for encryption.
  static let maximumLength = (1 << 14) + 2048

  let type: UInt8
  let version: UInt16
  let length: Int

  /// Reads a header; nil when the bytes cannot be one.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.size else { return nil }
    guard (0x14...0x18).contains(bytes[0]), bytes[1] == 3, bytes[2] <= 4 else { return nil }
    let length = Int(bytes[3]) << 8 | Int(bytes[4])
    guard length <= Self.maximumLength else { return nil }
    type = bytes[0]
    version = UInt16(bytes[1]) << 8 | UInt16(bytes[2])
    self.length = length
  }
}
