internal import TraceBytes

/// What the fields of a head say about the message that they belong to.
struct HeadFacts {
  var contentType: Range<Int>?
  var host: Range<Int>?
  var upgrade: Range<Int>?
  var codings = ContentCodings()
  var transferCodings = ContentCodings()
  /// `Expect: 100-continue`: the client may leave its body out.
  var expectsContinue = false

  private(set) var length: UInt64?
  private(set) var isLengthBad = false
  private(set) var hasTransferCoding = false
  private(set) var isChunkedLast = false
  private(set) var encapsulated: (heads: UInt64, chunked: Bool)?
  private var chunkedCount = 0
  private var otherCount = 0

  /// Kinds of finding met so far, with the offset in the head where each first showed.
  private(set) var findings: [(HTTPFinding.Kind, Int)] = []

  mutating func note(_ kind: HTTPFinding.Kind, _ offset: Int) {
    if !findings.contains(where: { $0.0 == kind }) { findings.append((kind, offset)) }
  }

  /// Reads all fields of `head` from `start`.
  init(_ head: RawSpan, from start: Int, family: HTTPFamily) {
    var fields = HTTPFields(start: start)
    while let field = fields.next(in: head) {
      if field.isFolded { note(.obsoleteFold, field.line.lowerBound) }
      if field.hasBlankBeforeColon { note(.blankBeforeColon, field.name.upperBound) }
      if field.isBad {
        note(.badFieldLine, field.line.lowerBound)
        continue
      }
      take(field, head, family)
    }
  }

  private mutating func take(_ field: HTTPField, _ head: RawSpan, _ family: HTTPFamily) {
    let name = field.name
    switch name.count {
    case 14 where head.equals("content-length", in: name): takeLength(head, field.value)
    case 17 where head.equals("transfer-encoding", in: name): takeCodings(head, field.value)
    case 12 where head.equals("content-type", in: name): contentType = contentType ?? field.value
    case 16 where head.equals("content-encoding", in: name):
      head.forEachElement(in: field.value) { codings.add(head, $0) }
    case 4 where head.equals("host", in: name): host = host ?? field.value
    case 6 where head.equals("expect", in: name):
      if head.equals("100-continue", in: field.value) { expectsContinue = true }
    case 7 where head.equals("upgrade", in: name): upgrade = upgrade ?? field.value
    case 12 where family == .icap && head.equals("encapsulated", in: name):
      takeEncapsulated(head, field.value)
    // Compact forms of SIP (RFC 3261 section 7.3.3).
    case 1 where family == .sip && head.equals("l", in: name): takeLength(head, field.value)
    case 1 where family == .sip && head.equals("c", in: name):
      contentType = contentType ?? field.value
    case 1 where family == .sip && head.equals("e", in: name):
      head.forEachElement(in: field.value) { codings.add(head, $0) }
    default: break
    }
  }

  /// RFC 9112 section 6.3 rule 5; RFC 9110 section 8.6.
  private mutating func takeLength(_ head: RawSpan, _ value: Range<Int>) {
    var isEmpty = true
    defer {
      if isEmpty {
        note(.badLength, value.lowerBound)
        isLengthBad = true
      }
    }
    head.forEachElement(in: value) { element in
      isEmpty = false
      var number: UInt64 = 0
      var huge = false
      for index in element {
        let byte = head.u8(index)
        guard Byte.isDigit(byte) else {
          note(.badLength, index)
          isLengthBad = true
          return
        }
        let (shifted, over) = number.multipliedReportingOverflow(by: 10)
        let (sum, more) = shifted.addingReportingOverflow(UInt64(byte - Byte.zero))
        huge = huge || over || more
        number = sum
      }
      if huge {
        note(.hugeLength, element.lowerBound)
        number = .max
      } else if number >> 63 != 0 {
        note(.hugeLength, element.lowerBound)
      } else if element.count > 1, head.u8(element.lowerBound) == Byte.zero {
        note(.oddLength, element.lowerBound)
      }
      if let before = length {
        note(before == number ? .duplicateLength : .conflictingLengths, element.lowerBound)
        if before != number { isLengthBad = true }
      } else {
        length = number
      }
    }
  }

  /// RFC 9112 sections 6.1 and 7; `identity` is what RFC 2616 called no coding.
  private mutating func takeCodings(_ head: RawSpan, _ value: Range<Int>) {
    head.forEachElement(in: value) { element in
      let semicolon = head.firstIndex(
        of: Byte.semicolon, from: element.lowerBound, to: element.upperBound)
      let name = head.trimmed(element.lowerBound..<(semicolon ?? element.upperBound))
      if head.equals("identity", in: name) { return }
      hasTransferCoding = true
      if head.equals("chunked", in: name) {
        if chunkedCount > 0 || semicolon != nil { note(.oddTransferCoding, name.lowerBound) }
        chunkedCount += 1
        isChunkedLast = true
        return
      }
      if isChunkedLast { note(.oddTransferCoding, name.lowerBound) }
      isChunkedLast = false
      otherCount += 1
      transferCodings.add(head, name)
      switch ContentCoding(head, name) {
      case .gzip, .deflate, .compress: break
      default: note(.unknownTransferCoding, name.lowerBound)
      }
    }
  }

  /// RFC 3507 section 4.4.1: the last part is a body, or `null-body`, and starts where the
  /// heads before it end.
  private mutating func takeEncapsulated(_ head: RawSpan, _ value: Range<Int>) {
    var result: (heads: UInt64, chunked: Bool)?
    var bad = false
    head.forEachElement(in: value) { element in
      guard
        let sign = head.firstIndex(
          of: Byte.equals, from: element.lowerBound, to: element.upperBound)
      else { return bad = true }
      let name = head.trimmed(element.lowerBound..<sign)
      let digits = head.trimmed((sign + 1)..<element.upperBound)
      guard !digits.isEmpty, digits.count <= 9 else { return bad = true }
      var number: UInt64 = 0
      for index in digits {
        guard Byte.isDigit(head.u8(index)) else { return bad = true }
        number = number * 10 + UInt64(head.u8(index) - Byte.zero)
      }
      let isBody = head.has("-body", at: name.upperBound - 5)
      result = (number, isBody && !head.equals("null-body", in: name))
    }
    if bad || result == nil {
      note(.badEncapsulated, value.lowerBound)
    } else {
      encapsulated = result
    }
  }

  /// The framing decision; Formats/http.md shows the same rules as a table.
  mutating func framing(of line: StartLine, answering method: HTTPMethod) -> HTTPFraming {
    let family = line.version.family
    if family == .http, line.version.major == 1, line.version.minor == 0, hasTransferCoding {
      note(.codingInOldVersion, 0)
    }
    if hasTransferCoding, length != nil || isLengthBad { note(.codingAndLength, 0) }
    if line.version.major == 0 { return line.kind == .response ? .untilClose : .none }
    if line.kind == .response, family == .http || family == .rtsp {
      // RFC 9112 section 6.3 rules 1 and 2.
      if line.status == 101 { return family == .http ? .handOver : .none }
      if line.status < 200 || line.status == 204 || line.status == 304 { return .none }
      if method == .head { return .none }
      if method == .connect, line.status < 300 { return .handOver }
    }
    if family == .icap {
      guard let encapsulated else { return .none }
      return .encapsulated(encapsulated.heads, chunked: encapsulated.chunked)
    }
    if hasTransferCoding {
      if isChunkedLast { return .chunked }
      if line.kind == .response { return .untilClose }
      note(.framingUnknown, 0)
      return .unknown
    }
    if isLengthBad {
      note(.framingUnknown, 0)
      return .unknown
    }
    if let length { return .length(length) }
    return line.kind == .response && family == .http ? .untilClose : .none
  }
}
