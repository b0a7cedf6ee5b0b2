public import TraceBytes

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

extension CodePage {
  /// The code page of a name as people write it: `1047`, `037`, `IBM-273`, `cp1140`.
  ///
  /// 1047 and 037 are built in; the others come from iconv(3), once, as a table; those of two bytes (930, 939,
  /// 1388) with SO and SI.
  ///
  /// - Returns: nil when the name is not known or names no EBCDIC page.
  public static func named(_ name: String) -> CodePage? {
    let digits = number(of: name)
    if digits == "1047" { return .ibm1047 }
    if digits == "37" { return .ibm037 }
    var candidates = [name]
    if let digits {
      let padded = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
      candidates += [
        "IBM\(padded)", "IBM-\(padded)", "CP\(padded)", "IBM\(digits)", "IBM-\(digits)",
      ]
    }
    for candidate in candidates {
      if let scalars = table(candidate), isEBCDIC(scalars) {
        return CodePage(name: name, scalars: scalars, pairs: pairs(candidate))
      }
    }
    return nil
  }

  /// The number in `IBM-1047`, `ibm01140` or `37`, without leading zeros.
  private static func number(of name: String) -> String? {
    var rest = Substring(name.lowercased())
    for prefix in ["ibm", "cp", "ccsid", "ebcdic"] where rest.hasPrefix(prefix) {
      rest = rest.dropFirst(prefix.count)
      break
    }
    if rest.first == "-" || rest.first == "_" { rest = rest.dropFirst() }
    guard !rest.isEmpty, rest.utf8.count <= 5, rest.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    let digits = rest.drop { $0 == "0" }
    return digits.isEmpty ? nil : String(digits)
  }

  /// Blank, digits and capital letters stand at the same places in every EBCDIC page.
  private static func isEBCDIC(_ scalars: [UInt16]) -> Bool {
    scalars[0x40] == 0x20 && scalars[0xC1] == 0x41 && scalars[0xE9] == 0x5A && scalars[0xF0] == 0x30
  }

  /// Asks iconv(3) for each pair of bytes between SO and SI; nothing when the page has none: the blank of two
  /// bytes is the ideographic one in all that have.
  private static func pairs(_ name: String) -> [UInt32] {
    let converter = unsafe iconv_open("UTF-32BE", name)
    guard Int(bitPattern: converter) != -1 else { return [] }
    defer { _ = unsafe iconv_close(converter) }
    func pair(_ high: UInt8, _ low: UInt8) -> UInt32 {
      unsafe character(converter, [shiftOut, high, low, shiftIn], size: 4) ?? 0
    }
    guard pair(0x40, 0x40) == 0x3000 else { return [] }
    var pairs = [UInt32](repeating: 0, count: 1 << 16)
    pairs[0x4040] = 0x3000
    for high in UInt8(0x41)...0xFE {
      for low in UInt8(0x41)...0xFE {
        pairs[Int(high) << 8 | Int(low)] = pair(high, low)
      }
    }
    return pairs
  }

  /// The character that iconv(3) makes of bytes, in `size` bytes; nil when it makes none or more than one.
  private static func character(
    _ converter: UnsafeMutableRawPointer?, _ bytes: [UInt8], size: Int
  ) -> UInt32? {
    // Forgets what an incomplete sequence left behind.
    _ = unsafe iconv(converter, nil, nil, nil, nil)
    var source = bytes.map { CChar(bitPattern: $0) }
    var target = [CChar](repeating: 0, count: 16)
    var sourceLeft = source.count
    var targetLeft = target.count
    let result = unsafe source.withUnsafeMutableBufferPointer { input in
      unsafe target.withUnsafeMutableBufferPointer { output in
        var from = input.baseAddress
        var to = output.baseAddress
        return unsafe iconv(converter, &from, &sourceLeft, &to, &targetLeft)
      }
    }
    guard result != .max, sourceLeft == 0, targetLeft == target.count - size else { return nil }
    return target.prefix(size).reduce(0) { $0 << 8 | UInt32(UInt8(bitPattern: $1)) }
  }

  /// Asks iconv(3) for each byte by itself; a byte without a character becomes U+FFFD.
  private static func table(_ name: String) -> [UInt16]? {
    guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x2C }) else {
      return nil
    }
    let converter = unsafe iconv_open("UTF-16BE", name)
    guard Int(bitPattern: converter) != -1 else { return nil }
    defer { _ = unsafe iconv_close(converter) }
    var scalars: [UInt16] = []
    var known = 0
    for byte in UInt8.min...UInt8.max {
      guard let scalar = unsafe character(converter, [byte], size: 2) else {
        scalars.append(0xFFFD)
        continue
      }
      scalars.append(UInt16(scalar))
      known += 1
    }
    return known >= 128 ? scalars : nil
  }
}
