internal import TraceBytes
internal import TraceModel

/// The test of `-f`: libpcap expressions on packets, and on application data as the packets that it
/// is converted to.
///
/// Captured packets are taken as they are, those of a packet trace as IP without a link header. An
/// expression that needs Ethernet, such as `ether host`, gets a made-up header in front of records
/// that have none. What `len`, `less` and `greater` see of such records is the length of the converted
/// packet, which has that header in any case.
final class PacketExpression {
  /// Ethernet, IPv6 and TCP headers and the largest TCP segment, or the same for UDP.
  private static let largestPacket = 66_000
  private static let largestSegment = 65_495
  private static let ethernetSize = 14
  private static let largestDatagram = 65_507

  /// What a program is compiled for. The byte order counts for BSD loopback packets.
  private struct Form: Hashable {
    var linkType: LinkType
    var bigEndian = false
  }

  private let text: String
  /// The link type of application data: raw IP, or Ethernet for expressions that need it.
  private let framing: LinkType
  private var programs: [Form: BPFProgram?] = [:]
  private var last: (form: Form, program: BPFProgram?)?
  private let packet = ByteBuffer(capacity: PacketExpression.largestPacket)
  /// Link types whose packets do not match because libpcap rejects the expression for them.
  private(set) var remarks: [String] = []

  init(_ expressions: [String]) throws(FilterMistake) {
    text =
      expressions.count == 1
      ? expressions[0] : expressions.map { "(\($0))" }.joined(separator: " or ")
    try Self.check(text)
    framing = (try? BPFProgram(text, .raw)) == nil ? .ethernet : .raw
  }

  // MARK: - What libpcap says of an expression

  /// Throws when libpcap takes the expression for no usual link type.
  static func check(_ text: String) throws(FilterMistake) {
    guard text.contains(where: { !$0.isWhitespace }) else {
      throw FilterMistake("-f: write a libpcap expression like 'host 10.1.1.2 and port 8803'.")
    }
    guard PcapLibrary.installed != nil else { throw FilterMistake("-f: \(PcapLibrary.missing).") }
    // Raw IP and Ethernet, then those with words of their own: Linux cooked, 802.11, radiotap.
    let usual: [UInt16] = [1, 101, 113, 105, 127]
    var first: FilterMistake?
    for number in usual {
      do throws(FilterMistake) {
        _ = try BPFProgram(text, LinkType(rawValue: number))
        return
      } catch {
        first = first ?? error
      }
    }
    guard let first else { return }
    throw FilterMistake(explanation(of: text, first.description))
  }

  /// The expression, a caret under the word that libpcap names, and libpcap's words.
  static func explanation(of text: String, _ message: String) -> String {
    var lines = "-f: libpcap cannot use this expression: \(message)\n  \(text)"
    if let column = column(in: text, message) {
      lines += "\n  " + String(repeating: " ", count: column) + "^"
    }
    return lines
  }

  /// Where the word stands that the message quotes, when it stands in one place only.
  private static func column(in text: String, _ message: String) -> Int? {
    let quoted = message.split(omittingEmptySubsequences: false) { "'\"".contains($0) }
    let numbers = message.split(separator: " ").filter { $0.contains(where: \.isNumber) }
    let words = quoted.dropFirst().map(String.init) + numbers.map(String.init)
    for word in words where !word.isEmpty {
      if let column = only(word, in: text) { return column }
    }
    return nil
  }

  private static func only(_ word: String, in text: String) -> Int? {
    let text = Array(text)
    let word = Array(word)
    guard word.count <= text.count else { return nil }
    let places = (0...text.count - word.count).filter { start in
      guard text[start..<start + word.count].elementsEqual(word) else { return false }
      let before = start > 0 ? text[start - 1] : " "
      let after = start + word.count < text.count ? text[start + word.count] : " "
      let isWord = { (character: Character) in character.isLetter || character.isNumber }
      return !(isWord(before) && isWord(word[0]))
        && !(isWord(after) && isWord(word[word.count - 1]))
    }
    return places.count == 1 ? places[0] : nil
  }

  // MARK: - Records

  /// Whether a record passes. Records that are no packets and have no addresses do not.
  func matches(_ record: TraceRecord, _ payload: RawSpan) -> Bool {
    switch record.kind {
    case .capture:
      return program(Self.form(record.linkType, payload))?
        .matches(payload, length: record.originalLength) ?? false
    case .dataTrace:
      guard !record.flags.contains(.headerUnknown) else { return false }
      return matchesData(record, payload)
    default:
      guard record.linkType != .none, !record.flags.contains(.orphan) else { return false }
      guard record.linkType == .raw, framing == .ethernet, payload.byteCount > 0 else {
        let length = record.originalLength &+ (record.linkType == .raw ? Self.ethernetSize : 0)
        return program(Form(linkType: record.linkType))?.matches(payload, length: length) ?? false
      }
      var headers = HeaderBlock()
      Self.putEthernet(record.direction, type: payload.u8(0) >> 4 == 6 ? 0x86DD : 0x0800, &headers)
      return matchesBuilt(headers, payload, missing: record.originalLength - payload.byteCount)
    }
  }

  /// Application data as the first packet that it would be converted to.
  private func matchesData(_ record: TraceRecord, _ payload: RawSpan) -> Bool {
    let isTCP = record.ipProtocol == 6
    let largest = isTCP ? Self.largestSegment : Self.largestDatagram
    let part = payload.byteCount > largest ? payload.extracting(first: largest) : payload
    let length = min(max(record.originalLength, part.byteCount), largest)
    let flags: UInt8 =
      record.flags.contains(.start) ? 0x02 : record.flags.contains(.end) ? 0x11 : 0x18
    let packet = PacketHeaders(
      source: Endpoint(record.source, record.sourcePort),
      destination: Endpoint(record.destination, record.destinationPort),
      ipProtocol: record.ipProtocol, flags: isTCP ? flags : 0, payloadLength: length)
    var headers = HeaderBlock()
    if framing == .ethernet {
      Self.putEthernet(record.direction, type: packet.etherType, &headers)
    }
    // Without the payload: nobody filters by checksum, and reading it all for that would cost.
    packet.encode(RawSpan(), into: &headers)
    return matchesBuilt(headers, part, missing: length - part.byteCount)
  }

  /// Tests the packet of headers and a payload.
  private func matchesBuilt(
    _ headers: HeaderBlock, _ payload: RawSpan, missing: Int
  ) -> Bool {
    guard let program = program(Form(linkType: framing)) else { return false }
    packet.removeAll()
    headers.withBytes { packet.append($0) }
    packet.append(payload)
    let length = packet.count &+ max(0, missing) &+ (framing == .raw ? Self.ethernetSize : 0)
    return packet.withBytes { program.matches($0, length: length) }
  }

  /// The addresses that a converted file has on its first interface.
  private static func putEthernet(
    _ direction: Direction, type: UInt16, _ headers: inout HeaderBlock
  ) {
    let here: UInt32 = 1
    let there: UInt32 = 2
    headers.put(UInt16(0x0200))
    headers.put(direction == .outbound ? there : here)
    headers.put(UInt16(0x0200))
    headers.put(direction == .outbound ? here : there)
    headers.put(type)
  }

  /// The address family before a BSD loopback packet is a small number in the order of its host.
  @inline(__always)
  private static func form(_ linkType: LinkType, _ payload: RawSpan) -> Form {
    guard linkType == .null, payload.byteCount >= 4 else { return Form(linkType: linkType) }
    return Form(linkType: linkType, bigEndian: payload.le32(0) > 0xFFFF)
  }

  @inline(__always)
  private func program(_ form: Form) -> BPFProgram? {
    if let last, last.form == form { return last.program }
    return compiled(form)
  }

  private func compiled(_ form: Form) -> BPFProgram? {
    let program: BPFProgram?
    if let known = programs[form] {
      program = known
    } else {
      do throws(FilterMistake) {
        program = try BPFProgram(text, form.linkType, bigEndian: form.bigEndian)
      } catch {
        program = nil
        remarks.append(
          "-f: packets of link type \(form.linkType.rawValue) do not match; libpcap says: \(error)")
      }
      programs[form] = .some(program)
    }
    last = (form, program)
    return program
  }
}
