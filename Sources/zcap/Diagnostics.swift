import TraceBytes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Lines for people, on standard error; data never goes there.
enum Diagnostics {
  /// Writes one line. Control characters in it, which can come from a file name or a captured name,
  /// are shown as visible escapes.
  static func line(_ text: String) {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars { append(scalar, to: &bytes) }
    bytes.append(0x0A)
    unsafe bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let wrote = unsafe write(2, buffer.baseAddress?.advanced(by: done), buffer.count - done)
        if wrote <= 0 { return }
        done += wrote
      }
    }
  }

  /// A failure: `zcap: trace.bin: cannot open: No such file or directory`.
  static func error(_ error: TraceError) { line("zcap: \(error)") }

  private static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
    let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
    let turnsText =
      (0x200B...0x200F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
      || (0x2066...0x2069).contains(scalar.value)
    if isControl || turnsText {
      bytes += Array("\\u{\(String(scalar.value, radix: 16))}".utf8)
    } else {
      bytes += Array(String(scalar).utf8)
    }
  }

  static var isTerminal: Bool { isatty(2) == 1 }
}

extension UInt64 {
  /// The number with a comma every three digits.
  var grouped: String {
    var text = ""
    for (index, digit) in String(self).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }

  /// "1 record", "2 records".
  func counted(_ noun: String) -> String { "\(grouped) \(noun)\(self == 1 ? "" : "s")" }
}
