internal import TraceBytes

/// Names of telnet commands and options.
package enum Telnet {
  package static let eor: UInt8 = 0xEF
  package static let sb: UInt8 = 0xFA
  package static let will: UInt8 = 0xFB
  package static let dont: UInt8 = 0xFE
  package static let iac: UInt8 = 0xFF
  package static let terminalType: UInt8 = 24
  package static let endOfRecord: UInt8 = 25
  package static let tn3270e: UInt8 = 40

  package static func verb(_ code: UInt8) -> String {
    switch code {
    case 0xEC: "EOF"
    case 0xEF: "EOR"
    case 0xF0: "SE"
    case 0xF1: "NOP"
    case 0xF2: "DATA MARK"
    case 0xF3: "BREAK"
    case 0xF4: "INTERRUPT PROCESS"
    case 0xF5: "ABORT OUTPUT"
    case 0xF6: "ARE YOU THERE"
    case 0xF9: "GO AHEAD"
    case 0xFA: "SB"
    case 0xFB: "WILL"
    case 0xFC: "WONT"
    case 0xFD: "DO"
    case 0xFE: "DONT"
    default: "command \(code)"
    }
  }

  package static func option(_ code: UInt8) -> String {
    switch code {
    case 0: "BINARY"
    case 1: "ECHO"
    case 3: "SUPPRESS-GO-AHEAD"
    case 5: "STATUS"
    case 6: "TIMING-MARK"
    case 24: "TERMINAL-TYPE"
    case 25: "END-OF-RECORD"
    case 31: "WINDOW-SIZE"
    case 32: "TERMINAL-SPEED"
    case 34: "LINEMODE"
    case 36: "ENVIRON"
    case 37: "AUTHENTICATION"
    case 39: "NEW-ENVIRON"
    case 40: "TN3270E"
    case 46: "START-TLS"
    default: "option \(code)"
    }
  }

  /// The words of a subnegotiation: `TERMINAL-TYPE IS IBM-3278-2-E`.
  package static func subnegotiation(_ bytes: [UInt8]) -> String {
    guard let code = bytes.first else { return "(empty)" }
    let rest = bytes.dropFirst()
    if code == tn3270e { return "TN3270E " + extended(Array(rest)) }
    guard code == terminalType || code == 46, let what = rest.first else {
      return option(code) + " " + hexadecimal(rest)
    }
    if code == 46 { return option(code) + (what == 1 ? " FOLLOWS" : " \(what)") }
    return "TERMINAL-TYPE " + (what == 1 ? "SEND" : "IS " + text(rest.dropFirst()))
  }

  private static func extended(_ bytes: [UInt8]) -> String {
    let words = [
      0: "ASSOCIATE", 1: "CONNECT", 2: "DEVICE-TYPE", 3: "FUNCTIONS", 4: "IS", 5: "REASON",
      6: "REJECT", 7: "REQUEST", 8: "SEND",
    ]
    let functions = [
      0: "BIND-IMAGE", 1: "DATA-STREAM-CTL", 2: "RESPONSES", 3: "SCS-CTL-CODES", 4: "SYSREQ",
    ]
    var parts: [String] = []
    var at = 0
    var takesFunctions = false
    while at < bytes.count {
      let byte = Int(bytes[at])
      if takesFunctions, at >= 2 {
        parts.append(functions[byte] ?? "function \(byte)")
      } else if byte < 0x20 {
        parts.append(words[byte] ?? "\(byte)")
        if at == 0, byte == 3 { takesFunctions = true }
      } else {
        let start = at
        while at < bytes.count, bytes[at] >= 0x20 { at += 1 }
        parts.append(text(bytes[start..<at]))
        continue
      }
      at += 1
    }
    return parts.joined(separator: " ")
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    bytes.map { $0 >= 0x20 && $0 < 0x7F ? String(Unicode.Scalar($0)) : "." }.joined()
  }

  private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
    Hex.text(bytes.prefix(64)).lowercased()
  }
}
