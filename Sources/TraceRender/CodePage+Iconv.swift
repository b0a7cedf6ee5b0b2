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
  /// 1047 and 037 are built in; the others come from iconv(3), once, as a table.
  ///
  /// - Returns: nil when the name is not known or names no single-byte EBCDIC page.
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
        return CodePage(name: name, scalars: scalars)
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
      var source = [CChar(bitPattern: byte)]
      var target = [CChar](repeating: 0, count: 8)
      var sourceLeft = 1
      var targetLeft = target.count
      let result = unsafe source.withUnsafeMutableBufferPointer { input in
        unsafe target.withUnsafeMutableBufferPointer { output in
          var from = input.baseAddress
          var to = output.baseAddress
          return unsafe iconv(converter, &from, &sourceLeft, &to, &targetLeft)
        }
      }
      if result == .max || sourceLeft != 0 || targetLeft != 6 {
        // Forgets what an incomplete sequence left behind.
        _ = unsafe iconv(converter, nil, nil, nil, nil)
        scalars.append(0xFFFD)
      } else {
        let high = UInt16(UInt8(bitPattern: target[0]))
        scalars.append(high << 8 | UInt16(UInt8(bitPattern: target[1])))
        known += 1
      }
    }
    return known >= 128 ? scalars : nil
  }
}
