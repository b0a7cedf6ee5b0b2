internal import TraceBytes

/// Finds the entries of a z/OSMF log answer in its bytes.
///
/// It keeps no more than the strings of the entry it is in, so an answer of any size will do. It is
/// not a JSON parser: what is not an object with a "message" is passed over.
struct JSONLogScanner {
  /// One log entry.
  struct Entry {
    var line = 1
    var offset: UInt64 = 0
    var message: [UInt8] = []
    var time: [UInt8] = []
    var system: [UInt8] = []
    var job: [UInt8] = []
  }

  private static let maximumString = 1 << 16

  private(set) var line = 1
  private var offset: UInt64 = 0
  private var depth = 0
  private var entry = Entry()
  private var string: [UInt8] = []
  private var key: [UInt8] = []
  private var inString = false
  private var escaped = false
  private var unicodeDigits = 0
  private var unicodeValue: UInt32 = 0

  /// Whether the input ended inside of an entry.
  var isInsideEntry: Bool { depth > 0 || inString }

  /// Takes bytes from an offset on, as far as an entry is complete, and returns that entry.
  mutating func take(_ bytes: RawSpan, _ at: inout Int) -> Entry? {
    while at < bytes.byteCount {
      if inString, unicodeDigits == 0, !escaped {
        takeRun(bytes, &at)
        if at >= bytes.byteCount { return nil }
      }
      let byte = bytes.u8(at)
      at += 1
      if let entry = take(byte) { return entry }
    }
    return nil
  }

  /// Takes the bytes of a string up to the next one that means something.
  private mutating func takeRun(_ bytes: RawSpan, _ at: inout Int) {
    let start = at
    while at < bytes.byteCount {
      let byte = bytes.u8(at)
      if byte == 0x22 || byte == 0x5C || byte == 0x0A { break }
      at &+= 1
    }
    let room = min(Self.maximumString - string.count, at - start)
    string.append(bytes.extracting(start..<start + max(0, room)))
    offset += UInt64(at - start)
  }

  private mutating func take(_ byte: UInt8) -> Entry? {
    offset += 1
    if byte == 0x0A { line += 1 }
    if inString {
      takeInString(byte)
      return nil
    }
    switch byte {
    case 0x22:
      inString = true
      string.removeAll(keepingCapacity: true)
    case 0x3A:  // :
      swap(&key, &string)
      string.removeAll(keepingCapacity: true)
    case 0x2C: assign()
    case 0x7B:
      depth += 1
      entry = Entry(line: line, offset: offset - 1)
      key.removeAll(keepingCapacity: true)
      string.removeAll(keepingCapacity: true)
    case 0x7D:
      assign()
      depth = max(0, depth - 1)
      let complete = entry
      entry = Entry(line: line, offset: offset)
      return complete.message.isEmpty ? nil : complete
    default: break
    }
    return nil
  }

  private mutating func takeInString(_ byte: UInt8) {
    if unicodeDigits > 0 {
      unicodeDigits -= 1
      unicodeValue = unicodeValue << 4 | UInt32(Hex.value(byte) ?? 0)
      if unicodeDigits == 0, let scalar = Unicode.Scalar(unicodeValue) {
        for unit in String(Character(scalar)).utf8 { append(unit) }
      }
    } else if escaped {
      escaped = false
      switch byte {
      case 0x72: append(0x0D)
      case 0x6E: append(0x0A)
      case 0x74: append(0x09)
      case 0x75:
        unicodeDigits = 4
        unicodeValue = 0
      default: append(byte)
      }
    } else if byte == 0x5C {
      escaped = true
    } else if byte == 0x22 {
      inString = false
    } else {
      append(byte)
    }
  }

  private mutating func append(_ byte: UInt8) {
    if string.count < Self.maximumString { string.append(byte) }
  }

  private mutating func assign() {
    defer {
      key.removeAll(keepingCapacity: true)
      string.removeAll(keepingCapacity: true)
    }
    if bytes(key, are: "message") {
      entry.message = string
    } else if bytes(key, are: "time") {
      entry.time = string
    } else if bytes(key, are: "system") {
      entry.system = string
    } else if bytes(key, are: "jobName") {
      entry.job = string
    }
  }

  private func bytes(_ bytes: [UInt8], are text: StaticString) -> Bool {
    bytes.count == text.utf8CodeUnitCount && bytesStart(bytes, at: 0, with: text)
  }

  /// Turns an entry into a message of AT-TLS; nil when it is one of something else.
  static func message(_ entry: Entry, year: Int?) -> ATTLSMessage? {
    // Lines of a multi-line message are joined by a carriage return.
    let text = entry.message.map { $0 == 0x0D || $0 == 0x0A ? 0x20 : $0 }
    var names = LogNames()
    guard case .message(_, let start, _, _) = unsafe LogLine(text.span.bytes, &names) else {
      return nil
    }
    var origin = LogOrigin(transport: .json, line: entry.line, offset: entry.offset)
    origin.time = time(entry.time, year: year)
    origin.system = firstWord(entry.system)
    origin.stack = firstWord(entry.job)
    return MessageParser.parse(Array(text[start...]), origin: origin)
  }

  private static func firstWord(_ bytes: [UInt8]) -> String? {
    let text = unsafe bytes.span.bytes
    var words = WordCursor()
    return words.next(text).map { text.text($0) }
  }

  /// "Tue Aug 10 06:16:35 GMT 2021".
  private static func time(_ bytes: [UInt8], year: Int?) -> ATTLSTime? {
    let text = unsafe bytes.span.bytes
    var cursor = LineCursor(at: 0)
    if cursor.syslogTime(text) == nil {
      cursor.skipWord(text)
      cursor.skipBlanks(text)
    } else {
      cursor.offset = 0
    }
    guard var time = cursor.syslogTime(text) else { return nil }
    let last = text.decimal(LastWords(text)[0])
    time.year = last.flatMap { $0 > 1900 ? $0 : nil } ?? year
    return time
  }
}
