internal import TraceBytes

/// Takes telnet apart: negotiation, and records that end with EOR.
///
/// It keeps its place over record boundaries of the trace. Source: RFC 854, RFC 885 (EOR), RFC 1576
/// (TN3270), RFC 2355 (TN3270E).
struct TelnetReader {
  enum Event {
    /// DO, DONT, WILL or WONT and its option.
    case option(verb: UInt8, option: UInt8)
    /// What stands between SB and SE; its bytes are in ``TelnetReader/collected``.
    case subnegotiation
    /// Another command.
    case command(UInt8)
    /// An EOR-framed record; its bytes are in ``TelnetReader/collected``.
    case record
  }

  private enum State {
    case data, escape, verb(UInt8), subnegotiation, subnegotiationEscape
  }

  /// More bytes than that without an EOR are given as a record.
  private static let limit = 64 << 10

  private var state = State.data
  private var record: [UInt8] = []
  /// For each byte of the record, its place in the present payload; -1 from earlier ones.
  private var places: [Int] = []
  private var option: [UInt8] = []
  /// The bytes of the event just given.
  private(set) var collected: [UInt8] = []
  /// Where the bytes of a record stand in the present payload; -1 from earlier ones.
  private(set) var collectedPlaces: [Int] = []

  /// Bytes of a record whose end has not come yet.
  var pending: Int { record.count }

  /// The unfinished record and where its bytes stand.
  var unfinished: (bytes: [UInt8], places: [Int]) { (record, places) }

  /// A payload has been read: what is kept of it is from an earlier one now.
  mutating func endPayload() {
    for index in places.indices { places[index] = -1 }
  }

  /// Takes the byte at `place` of a payload; nil when nothing is complete with it.
  mutating func take(_ byte: UInt8, at place: Int) -> Event? {
    switch state {
    case .data:
      if byte == Telnet.iac {
        state = .escape
        return nil
      }
      keep(byte, place)
      return record.count >= Self.limit ? complete() : nil
    case .escape:
      state = .data
      switch byte {
      case Telnet.iac:
        keep(byte, place)
        return nil
      case Telnet.eor: return complete()
      case Telnet.will...Telnet.dont:
        state = .verb(byte)
        return nil
      case Telnet.sb:
        option.removeAll(keepingCapacity: true)
        state = .subnegotiation
        return nil
      default: return .command(byte)
      }
    case .verb(let verb):
      state = .data
      return .option(verb: verb, option: byte)
    case .subnegotiation:
      if byte == Telnet.iac {
        state = .subnegotiationEscape
      } else if option.count < Self.limit {
        option.append(byte)
      }
      return nil
    case .subnegotiationEscape:
      if byte == Telnet.iac {
        if option.count < Self.limit { option.append(byte) }
        state = .subnegotiation
        return nil
      }
      state = .data
      collected = option
      return .subnegotiation
    }
  }

  /// Gives what is there of an unfinished record.
  mutating func takePending() -> [UInt8] {
    defer { clear() }
    return record
  }

  private mutating func complete() -> Event {
    swap(&collected, &record)
    swap(&collectedPlaces, &places)
    clear()
    return .record
  }

  private mutating func keep(_ byte: UInt8, _ place: Int) {
    record.append(byte)
    places.append(place)
  }

  private mutating func clear() {
    record.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
  }
}

/// Names of telnet commands and options.
enum Telnet {
  static let eor: UInt8 = 0xEF
  static let sb: UInt8 = 0xFA
  static let will: UInt8 = 0xFB
  static let dont: UInt8 = 0xFE
  static let iac: UInt8 = 0xFF
  static let terminalType: UInt8 = 24
  static let endOfRecord: UInt8 = 25
  static let tn3270e: UInt8 = 40

  static func verb(_ code: UInt8) -> String {
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

  static func option(_ code: UInt8) -> String {
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
  static func subnegotiation(_ bytes: [UInt8]) -> String {
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
    bytes.prefix(64).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
