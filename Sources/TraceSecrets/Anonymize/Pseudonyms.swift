internal import TraceBytes
public import TraceModel

/// What stands in the place of addresses, stations and names: with one key always the same.
public final class Pseudonyms {
  private var addresses: AddressMap
  private var names: NameMap
  /// Names that texts told of, in capitals: they are known wherever they stand as a word.
  private var learned: Set<[UInt8]> = []
  /// Bits of those names: a word without its bit is none of them. Every word comes here.
  @exclusivity(unchecked) private var signs = [UInt64](repeating: 0, count: 1024)
  /// Names of records and what stands in their place.
  private var recordNames: [RecordName: RecordName] = [:]
  /// Texts of addresses and what stands in their place, which the cipher takes long for.
  private var knownTexts: [[UInt8]: [UInt8]] = [:]
  /// Whether a name was told that is not known as a word, because there are too many.
  public private(set) var isFull = false
  /// How many names are known as words.
  public let mostLearned: Int
  private static let mostTexts = 1 << 16
  /// Shorter names are words, too; one of letters and digits can be shorter by one.
  private static let shortest = 4

  /// - Parameters:
  ///   - key: 32 bytes, as CryptoPAn has them.
  ///   - mostLearned: how many names are known as words.
  public init(key: [UInt8], mostLearned: Int = 1_000_000) {
    self.mostLearned = mostLearned
    addresses = AddressMap(key)
    names = NameMap(key)
  }

  /// The key that a text or the content of a file stands for: 64 hexadecimal digits, 32 characters, or a
  /// passphrase of any length.
  public static func key(_ text: [UInt8]) -> [UInt8] {
    var text = text
    if text.count == 32 { return text }
    while let last = text.last, last == 0x0A || last == 0x0D { text.removeLast() }
    if text.count == 32 { return text }
    let digits = text.starts(with: Array("0x".utf8)) ? Array(text.dropFirst(2)) : text
    if digits.count == 64 {
      let values = digits.compactMap(SecretText.hex)
      if values.count == 64 {
        return stride(from: 0, to: 64, by: 2).map { values[$0] << 4 | values[$0 + 1] }
      }
    }
    return [UInt8](1...2).flatMap { number in
      let digest = unsafe SHA1.digest(([number] + text).span.bytes)
      return (0..<16).map { digest[$0] }
    }
  }

  /// A key that nobody knows.
  public static func randomKey() -> [UInt8] {
    var random = SystemRandomNumberGenerator()
    return (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  /// The address that stands for this one: the same family, and as many leading bits in common with others
  /// as before.
  public func map(_ address: IPAddress) -> IPAddress { addresses.map(address) }

  func map(ipv4 address: UInt32) -> UInt32 { addresses.map(ipv4: address) }

  func map(link address: [UInt8]) -> [UInt8] { names.map(link: address) }

  /// A name of a job, an interface or a user, in ASCII.
  func map(name: [UInt8]) -> [UInt8] { names.map(name) }

  /// The name of a record in ASCII.
  private static func text(_ name: RecordName) -> [UInt8] {
    var text: [UInt8] = []
    for index in 0..<16 {
      let scalar = CodePage.ibm1047.scalars[Int(name.byte(index))]
      text.append(scalar < 0x80 ? UInt8(scalar) : 0)
    }
    while let last = text.last, last == 0x20 || last == 0 { text.removeLast() }
    return text
  }

  /// Remembers the name of a record.
  func learn(_ name: RecordName) {
    if recordNames[name] == nil { learn(Self.text(name)) }
    _ = map(name)
  }

  /// The name of a record, which stands in EBCDIC.
  public func map(_ name: RecordName) -> RecordName {
    if let known = recordNames[name] { return known }
    let text = Self.text(name)
    let mapped = names.map(text)
    var bytes = (0..<16).map(name.byte)
    for (index, byte) in mapped.enumerated() where text[index] != byte {
      bytes[index] = CodePage.ibm1047.bytes(String(UnicodeScalar(byte)))?.first ?? bytes[index]
    }
    if recordNames.count >= Self.mostTexts { recordNames = [:] }
    let new = RecordName(
      high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) },
      low: bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) })
    recordNames[name] = new
    return new
  }

  /// A host name: each label by itself, but the last of several, which says what kind of name it is.
  func map(host: [UInt8]) -> [UInt8] {
    var labels = host.split(separator: 0x2E, omittingEmptySubsequences: false).map(Array.init)
    if labels.count == 1, labels[0].map({ $0 | 0x20 }) == Array("localhost".utf8) { return host }
    let end = labels.last == [] ? labels.count - 2 : labels.count - 1
    for index in labels.indices where index < max(1, end) {
      let label = labels[index].map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
      if [Array("www".utf8), Array("in-addr".utf8), Array("ip6".utf8)].contains(label) { continue }
      labels[index] = names.map(labels[index])
    }
    return Array(labels.joined(separator: [0x2E]))
  }

  /// A text that is an IPv4 address: the mapped one where it is as long, else other numbers of as many digits.
  func map(dotted text: [UInt8], separator: UInt8 = 0x2E) -> [UInt8]? {
    if let known = knownTexts[text] { return known }
    let new = mapped(dotted: text, separator)
    if let new { remember(text, new) }
    return new
  }

  private func remember(_ text: [UInt8], _ new: [UInt8]) {
    if knownTexts.count >= Self.mostTexts { knownTexts = [:] }
    knownTexts[text] = new
  }

  private func mapped(dotted text: [UInt8], _ separator: UInt8) -> [UInt8]? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    let numbers = parts.compactMap { UInt32(String(decoding: $0, as: UTF8.self)) }
    guard numbers.count == 4, parts.count == 4, numbers.allSatisfy({ $0 < 256 }) else { return nil }
    let address = numbers.reduce(0) { $0 << 8 | $1 }
    if AddressMap.stays(ipv4: address) { return text }
    let mapped = addresses.map(ipv4: address)
    let exact = (0..<4).map { String(mapped >> UInt32(24 - 8 * $0) & 255) }
      .joined(separator: String(UnicodeScalar(separator)))
    if exact.utf8.count == text.count { return Array(exact.utf8) }
    var result: [UInt8] = []
    for (index, part) in parts.enumerated() {
      let prefix = Array(text[..<part.startIndex]) + part
      let (low, high): (UInt32, UInt32) =
        part.count == 1 ? (0, 10) : part.count == 2 ? (10, 100) : (100, 256)
      let number = low + names.number(prefix, 1, below: high - low)
      if index > 0 { result.append(separator) }
      result += Array(String(number).utf8)
    }
    return result.count == text.count ? result : nil
  }

  /// A text that is an IPv6 address: other digits, the colons where they were.
  func map(colons text: [UInt8]) -> [UInt8] {
    if let known = knownTexts[text] { return known }
    var result = text
    for (index, byte) in text.enumerated() {
      guard SecretText.hex(byte) != nil else { continue }
      let isFirst = index == 0 || text[index - 1] == 0x3A
      // The first digit of a group does not become a zero, which would be left out in the text.
      let digit = names.number(
        Array(text[...index].map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }), 2, below: isFirst ? 15 : 16)
      let value = UInt8(truncatingIfNeeded: digit) + (isFirst ? 1 : 0)
      result[index] = value < 10 ? 0x30 + value : 0x57 + value
    }
    remember(text, result)
    return result
  }

  // MARK: - Words

  /// Remembers a name, so that it is known as a word anywhere.
  func learn(_ name: [UInt8]) {
    guard name.count >= Self.shortest,
      name.contains(where: { ($0 | 0x20) &- 0x61 < 26 }),
      name.count > Self.shortest || name.contains(where: { $0 &- 0x30 < 10 })
    else { return }
    let folded = Self.folded(name)
    guard learned.count < mostLearned || learned.contains(folded) else { return isFull = true }
    learned.insert(folded)
    let (word, bit) = Self.sign(name, name.indices)
    unsafe signs[word] |= bit
  }

  /// Learns the name of a host, and its first label where that names a system, as one with a digit does.
  func learn(host name: [UInt8]) {
    learn(name)
    let system = Array(name.prefix { $0 != 0x2E })
    if system.count < name.count, system.contains(where: { $0 &- 0x30 < 10 }) { learn(system) }
  }

  func isLearned(_ text: [UInt8], _ word: Range<Int>) -> Bool {
    guard word.count >= Self.shortest else { return false }
    let (place, bit) = Self.sign(text, word)
    guard unsafe signs[place] & bit != 0 else { return false }
    return learned.contains(Self.folded(Array(text[word])))
  }

  /// The bit of ``signs`` that a word has, by its length, its first letters and its last one.
  private static func sign(_ text: [UInt8], _ word: Range<Int>) -> (place: Int, bit: UInt64) {
    var mixed = UInt32(truncatingIfNeeded: word.count)
    for at in word.lowerBound..<word.lowerBound + shortest {
      mixed = mixed << 5 ^ UInt32(text[at] & 0xDF)
    }
    mixed = (mixed << 5 ^ UInt32(text[word.upperBound - 1] & 0xDF)) &* 0x9E37_79B1
    return (Int(mixed >> 22), 1 << UInt64(mixed >> 16 & 63))
  }

  private static func folded(_ name: [UInt8]) -> [UInt8] {
    name.map { $0 &- 0x61 < 26 ? $0 ^ 0x20 : $0 }
  }
}
