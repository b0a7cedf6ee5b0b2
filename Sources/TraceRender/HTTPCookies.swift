internal import TraceBytes
internal import TraceProtocols

/// Cookies of a head, as an HTTP Archive has them (HAR 1.2 "cookies", RFC 6265 sections 4.1 and 4.2).
struct HTTPCookie {
  var name: ArraySlice<UInt8>
  var value: ArraySlice<UInt8>
  var path: ArraySlice<UInt8>?
  var domain: ArraySlice<UInt8>?
  var expires: ArraySlice<UInt8>?
  var isHTTPOnly = false
  var isSecure = false

  /// Cookies beyond these are not taken apart; they stand in the headers.
  private static let most = 256

  /// The cookies that a client sends: `Cookie: a=1; b=2`.
  static func sent(in message: HTTPMessageCopy) -> [HTTPCookie] {
    values(of: "cookie", message).flatMap { value in
      value.split(separator: 0x3B).map { HTTPCookie(pair: $0) }
    }
  }

  /// The cookies that a server sets: one in each Set-Cookie field.
  static func set(in message: HTTPMessageCopy) -> [HTTPCookie] {
    values(of: "set-cookie", message).compactMap { value in
      let parts = value.split(separator: 0x3B)
      guard let first = parts.first else { return nil }
      var cookie = HTTPCookie(pair: first)
      for part in parts.dropFirst() { cookie.take(HTTPCookie(pair: part)) }
      return cookie
    }
  }

  private init(pair: ArraySlice<UInt8>) {
    let sign = pair.firstIndex(of: 0x3D)
    name = Self.trimmed(pair[..<(sign ?? pair.endIndex)])
    value = sign.map { Self.trimmed(pair[($0 + 1)...]) } ?? []
  }

  private mutating func take(_ attribute: HTTPCookie) {
    switch String(decoding: attribute.name, as: UTF8.self).lowercased() {
    case "path": path = attribute.value
    case "domain": domain = attribute.value
    case "expires": expires = attribute.value
    case "httponly": isHTTPOnly = true
    case "secure": isSecure = true
    default: break
    }
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var bytes = bytes
    while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
    while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
    return bytes
  }

  private static func values(
    of name: StaticString, _ message: HTTPMessageCopy
  ) -> [ArraySlice<UInt8>] {
    var found: [ArraySlice<UInt8>] = []
    var fields = HTTPFields(start: min(message.head.fieldsStart, message.bytes.count))
    while let field = message.next(&fields), found.count < most {
      if String(decoding: field.name, as: UTF8.self).lowercased() == "\(name)" {
        found.append(field.value)
      }
    }
    return found
  }

  /// The time of `Expires` as HAR wants it (ISO 8601); nil when it is no date of RFC 6265 section 5.1.1.
  var expiresISO: String? {
    guard let expires else { return nil }
    let words = expires.split { $0 == 0x20 || $0 == 0x2C || $0 == 0x2D }
      .map { String(decoding: $0, as: UTF8.self) }
    guard words.count >= 5 else { return nil }
    let months = [
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    guard let day = UInt8(words[1]), (1...31).contains(day),
      let month = months.firstIndex(of: words[2].lowercased()),
      var year = UInt16(words[3]), words[4].utf8.count == 8
    else { return nil }
    if year < 70 { year += 2000 } else if year < 100 { year += 1900 }
    let clock = words[4].split(separator: ":").compactMap { UInt8($0) }
    guard year >= 1601, year <= 9999, clock.count == 3, clock[0] < 24, clock[1] < 60, clock[2] < 61
    else { return nil }
    let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
    return "\(year)-\(two(month + 1))-\(two(Int(day)))T\(words[4])Z"
  }
}
