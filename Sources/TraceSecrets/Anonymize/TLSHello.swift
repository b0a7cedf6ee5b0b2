internal import TraceBytes

/// The name of the server in the first message of a TLS client. Source: RFC 8446 section 4.1.2, RFC 6066
/// section 3.
enum TLSHello {
  /// Bytes of the record that begins here with its head; nil when none of a handshake does.
  static func length(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 5, bytes[0] == 22, bytes[1] == 3 else { return nil }
    return 5 + (Int(bytes[3]) << 8 | Int(bytes[4]))
  }

  /// Where host names stand in a client hello.
  static func names(_ bytes: [UInt8]) -> [Range<Int>] {
    guard length(bytes) != nil, bytes.count > 44, bytes[5] == 1 else { return [] }
    let number = { (at: Int) in
      at + 1 < bytes.count ? Int(bytes[at]) << 8 | Int(bytes[at + 1]) : Int.max / 2
    }
    // Version and random; then session, cipher suites and compression, each with its length.
    var at = 43
    at += 1 + Int(bytes[at])
    at += 2 + number(at)
    guard at < bytes.count else { return [] }
    at += 1 + Int(bytes[at])
    at += 2
    while at + 4 <= bytes.count {
      let type = number(at)
      let end = at + 4 + number(at + 2)
      if type == 0 {
        var names: [Range<Int>] = []
        var name = at + 6
        while name + 3 <= min(end, bytes.count) {
          let range = name + 3..<name + 3 + number(name + 1)
          guard range.upperBound <= bytes.count else { break }
          if bytes[name] == 0, !range.isEmpty { names.append(range) }
          name = range.upperBound
        }
        return names
      }
      at = end
    }
    return []
  }
}
