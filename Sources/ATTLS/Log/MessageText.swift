/// The words of a message, found in its bytes.
struct MessageText {
  let bytes: [UInt8]
  private(set) var words: [Range<Int>] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    words.reserveCapacity(24)
    var start = -1
    for index in bytes.indices {
      if bytes[index] == 0x20 || bytes[index] == 0x09 {
        if start >= 0 { words.append(start..<index) }
        start = -1
      } else if start < 0 {
        start = index
      }
    }
    if start >= 0 { words.append(start..<bytes.count) }
  }

  var count: Int { words.count }

  func string(_ range: Range<Int>) -> String { printableText(bytes[range]) }

  subscript(_ index: Int) -> String { string(words[index]) }

  /// Whether a word starts with some ASCII text.
  func word(_ index: Int, startsWith prefix: StaticString) -> Bool {
    guard index < words.count, words[index].count >= prefix.utf8CodeUnitCount else { return false }
    return bytesStart(bytes, at: words[index].lowerBound, with: prefix)
  }

  func word(_ index: Int, is text: StaticString) -> Bool {
    index < words.count && words[index].count == text.utf8CodeUnitCount
      && word(index, startsWith: text)
  }

  /// The field name that a word starts with.
  func key(_ index: Int) -> FieldKey? {
    guard index < words.count else { return nil }
    let start = words[index].lowerBound
    // Most words are values: a field name begins with one of few letters.
    let first = bytes[start]
    return FieldKey.all.first { key in
      key.first == first && word(index, startsWith: key.text)
    }
  }

  /// Whether a word is a dash; web copies have an en dash.
  func isDash(_ index: Int) -> Bool { word(index, is: "-") || word(index, is: "\u{2013}") }
}

/// The field names of AT-TLS messages.
enum FieldKey: CaseIterable {
  static let all = allCases

  case group
  case environment
  case connection
  case local
  case remote
  case job
  case user
  case type
  case status
  case rule
  case actions
  case returnCode

  /// The first letter.
  var first: UInt8 {
    switch self {
    case .group: UInt8(ascii: "G")
    case .environment: UInt8(ascii: "E")
    case .connection: UInt8(ascii: "C")
    case .local: UInt8(ascii: "L")
    case .remote, .rule, .returnCode: UInt8(ascii: "R")
    case .job: UInt8(ascii: "J")
    case .user: UInt8(ascii: "U")
    case .type: UInt8(ascii: "T")
    case .status: UInt8(ascii: "S")
    case .actions: UInt8(ascii: "A")
    }
  }

  var text: StaticString {
    switch self {
    case .group: "GRPID:"
    case .environment: "ENVID:"
    case .connection: "CONNID:"
    case .local: "LOCAL:"
    case .remote: "REMOTE:"
    case .job: "JOBNAME:"
    case .user: "USERID:"
    case .type: "TYPE:"
    case .status: "STATUS:"
    case .rule: "RULE:"
    case .actions: "ACTIONS:"
    case .returnCode: "RC:"
    }
  }
}

/// Whether bytes hold some ASCII text at an offset.
func bytesStart(_ bytes: [UInt8], at offset: Int, with text: StaticString) -> Bool {
  let length = text.utf8CodeUnitCount
  guard offset >= 0, bytes.count - offset >= length else { return false }
  return text.withUTF8Buffer { wanted in
    for index in 0..<length where unsafe wanted[index] != bytes[offset + index] { return false }
    return true
  }
}

/// Where some ASCII text first stands, looking no further than `limit`.
func firstIndex(of text: StaticString, in bytes: [UInt8], from start: Int = 0, limit: Int = .max)
  -> Int?
{
  let last = min(bytes.count - text.utf8CodeUnitCount, limit)
  guard start >= 0, start <= last else { return nil }
  let first = text.withUTF8Buffer { unsafe $0.first ?? 0 }
  for index in start...last where bytes[index] == first {
    if bytesStart(bytes, at: index, with: text) { return index }
  }
  return nil
}

/// The value of a hexadecimal digit.
@inline(__always)
func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte &- 0x30
  case 0x41...0x46: byte &- 0x37
  case 0x61...0x66: byte &- 0x57
  default: nil
  }
}

/// Text that is safe on a terminal: control characters and invisible marks become dots.
func printableText(_ bytes: ArraySlice<UInt8>) -> String {
  if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(decoding: bytes, as: UTF8.self) }
  var text = String.UnicodeScalarView()
  for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      text.append(".")
    default: text.append(scalar)
    }
  }
  return String(text)
}
