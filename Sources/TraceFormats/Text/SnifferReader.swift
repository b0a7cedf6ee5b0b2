public import TraceBytes
public import TraceModel

/// Reads uncompressed Network General Sniffer files of Ethernet and token ring: what the SNIFFER
/// option of the IPCS packet trace formatter writes, with or without record descriptor words.
///
/// See Formats/sniffer.md.
public struct SnifferReader: TraceFormat {
  public private(set) var account = ByteAccount()

  /// Lengths and record types of the file.
  private enum Layout {
    static let magic = Array("TRSNIFF data    \u{1A}".utf8)
    /// Type, length and a reserved field, two bytes each and little-endian.
    static let recordHeader = 6
    static let version = 1
    static let frame = 4
    /// What stands before the bytes of a frame in its record.
    static let frameHeader = 14
    /// No other record type of the format has a larger number.
    static let lastType = 20
  }

  private let interface: UInt32
  private let utcOffset: Int64
  private var hasWords: Bool?
  private var hasMagic = false
  private var hasInterface = false
  private var linkType = LinkType.ethernet
  /// Picoseconds of one tick of the frames' clock.
  private var tick: UInt64 = 1_000_000
  /// Midnight of the day on which the file was begun, in seconds since 1970.
  private var midnight: Int64 = 0
  private var records: UInt64 = 0

  /// A reader for one file.
  ///
  /// - Parameters:
  ///   - interface: the number of its interface in the run.
  ///   - utcOffset: seconds that its times are ahead of UTC.
  public init(interface: UInt32 = 0, utcOffset: Int = 0, recordsBefore: UInt64 = 0) {
    records = recordsBefore
    self.interface = interface
    self.utcOffset = max(-86_400, min(86_400, Int64(utcOffset)))
  }

  public init(_ options: FormatOptions) {
    self.init(
      interface: options.firstInterface, utcOffset: options.zone,
      recordsBefore: options.recordsBefore)
  }

  public var format: String {
    let words = hasWords == true ? ", record descriptor words" : ""
    return linkType == .ethernet ? "Sniffer, Ethernet\(words)" : "Sniffer, token ring\(words)"
  }

  /// Whether the input is a Sniffer file.
  public static func probe(_ window: RawSpan, atEnd: Bool) -> FormatProbe {
    if window.starts(with: Layout.magic) { return .yes }
    if window.byteCount >= 4, descriptorWord(window, at: 0) != nil,
      window.starts(with: Layout.magic, at: 4)
    {
      return .yes
    }
    return window.byteCount < Layout.magic.count + 4 && !atEnd ? .needMore : .no
  }

  /// The length of the record behind a descriptor word, or nil when none stands here.
  private static func descriptorWord(_ window: RawSpan, at offset: Int) -> Int? {
    guard window.has(4, at: offset), window.be16(offset + 2) == 0, window.be16(offset) >= 4 else {
      return nil
    }
    return Int(window.be16(offset)) - 4
  }

  public mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    var at = 0
    while at < window.byteCount {
      let rest = window.extracting(at..<window.byteCount)
      let here = offset &+ UInt64(at)
      if !hasMagic {
        guard let used = readMagic(rest, atEnd: atEnd) else { return at }
        at += used
        continue
      }
      guard let found = record(rest, atEnd: atEnd) else { return at }
      try take(found, rest, here, sink)
      at += found.prefix + found.length
    }
    return at
  }

  // MARK: - Framing

  /// A stretch of the file: a record behind its prefixes, or bytes that are none.
  private struct Found {
    /// Descriptor word and record header.
    var prefix: Int
    var length: Int
    /// nil for a damaged stretch.
    var type: Int?
    var isCut = false
  }

  private mutating func readMagic(_ window: RawSpan, atEnd: Bool) -> Int? {
    guard window.byteCount >= Layout.magic.count + 4 || atEnd else { return nil }
    hasMagic = true
    let words = !window.starts(with: Layout.magic)
    hasWords = words
    let length = words ? 4 + (Self.descriptorWord(window, at: 0) ?? 0) : Layout.magic.count
    let used = min(window.byteCount, max(length, 1), Layout.magic.count + 4)
    account.framing += UInt64(used)
    return used
  }

  /// The next stretch, or nil when more bytes are needed to tell.
  private func record(_ window: RawSpan, atEnd: Bool) -> Found? {
    let word = hasWords == true ? 4 : 0
    let need = word + Layout.recordHeader
    guard window.byteCount >= need else {
      return atEnd ? Found(prefix: 0, length: window.byteCount, type: nil, isCut: true) : nil
    }
    guard let length = length(window, at: 0) else { return nextRecord(window, atEnd: atEnd) }
    let whole = need + length
    guard window.byteCount >= whole else {
      // A frame that the end of the file cuts off; a length that is damaged looks the same.
      return atEnd ? Found(prefix: 0, length: window.byteCount, type: nil, isCut: true) : nil
    }
    if window.has(need + Layout.frameHeader, at: 0), Int(window.le16(word)) == Layout.frame,
      Layout.frameHeader + Int(window.le16(need + 6)) > length
    {
      return nextRecord(window, atEnd: atEnd)
    }
    return Found(prefix: need, length: length, type: Int(window.le16(word)))
  }

  /// The length of the record at `offset` behind its header, or nil when it cannot be one.
  private func length(_ window: RawSpan, at offset: Int) -> Int? {
    var at = offset
    var inWord: Int?
    if hasWords == true {
      guard let length = Self.descriptorWord(window, at: offset) else { return nil }
      inWord = length
      at += 4
    }
    guard window.has(Layout.recordHeader, at: at) else { return nil }
    let type = Int(window.le16(at))
    let length = Int(window.le16(at + 2))
    guard (1...Layout.lastType).contains(type),
      type != Layout.frame || length >= Layout.frameHeader,
      inWord.map({ $0 == length + Layout.recordHeader }) ?? true
    else { return nil }
    return length
  }

  /// Looks for the next frame: two records in a row that can be ones, or the last of the file.
  private func nextRecord(_ window: RawSpan, atEnd: Bool) -> Found? {
    let word = hasWords == true ? 4 : 0
    let limit = min(window.byteCount, 128 << 10)
    for at in 1..<max(1, limit) {
      guard let length = length(window, at: at), Int(window.le16(at + word)) == Layout.frame,
        window.has(word + Layout.recordHeader + Layout.frameHeader, at: at),
        Layout.frameHeader + Int(window.le16(at + word + Layout.recordHeader + 6)) <= length
      else { continue }
      let next = at + word + Layout.recordHeader + length
      // The same place must be found however much of the file is in the window.
      if !atEnd, !window.has(word + Layout.recordHeader, at: next) { return nil }
      if next == window.byteCount ? atEnd : self.length(window, at: next) != nil {
        return Found(prefix: 0, length: at, type: nil)
      }
    }
    guard atEnd || limit == 128 << 10 else { return nil }
    return Found(prefix: 0, length: max(1, limit), type: nil)
  }

  // MARK: - Records

  private mutating func take(
    _ found: Found, _ window: RawSpan, _ offset: UInt64, _ sink: any TraceSink
  ) throws(TraceError) {
    let size = UInt64(found.prefix + found.length)
    let body = window.extracting(found.prefix..<(found.prefix + found.length))
    switch found.type {
    case nil:
      account.damaged += size
      try sink.notice(
        found.isCut ? .cutShort : .damaged, found.isCut ? .inputEnds : .notARecord, at: offset,
        length: size)
    case Layout.frame:
      account.records += size
      try takeFrame(body, offset, sink)
    case Layout.version where body.byteCount >= 18:
      account.framing += size
      takeVersion(body)
    default:
      account.framing += size
    }
  }

  /// Date, network and clock of the file.
  private mutating func takeVersion(_ body: RawSpan) {
    // MS-DOS: years since 1980 in 7 bits, month in 4, day in 5.
    let date = Int(body.le16(6))
    let month = max(1, min(12, date >> 5 & 15))
    midnight =
      CivilDate.days(year: 1980 + date >> 9, month: month, day: max(1, date & 31)) * 86_400
    linkType = body.u8(9) == 0 ? .tokenRing : .ethernet
    tick =
      switch body.u8(11) {
      case 0, 2: 15_000_000
      case 1: 838_096
      case 3: 500_000
      case 4: 2_000_000
      case 6: 100_000
      default: 1_000_000
      }
  }

  private mutating func takeFrame(
    _ body: RawSpan, _ offset: UInt64, _ sink: any TraceSink
  ) throws(TraceError) {
    if !hasInterface {
      hasInterface = true
      try sink.interface(
        CaptureInterface(id: interface, linkType: linkType, text: "Sniffer export"))
    }
    let count = Int(body.le16(6))
    let trueSize = Int(body.le16(10))
    var record = TraceRecord()
    record.kind = .capture
    record.linkType = linkType
    record.interface = interface
    record.offset = offset
    records += 1
    record.number = records
    record.tracedLength = count
    record.originalLength = trueSize == 0 ? count : max(count, trueSize)
    let ticks = UInt64(body.le16(0)) | UInt64(body.le16(2)) << 16 | UInt64(body.u8(4)) << 32
    // At most 2^40 ticks of 15 µs, which is half a year in 64 bits of picoseconds.
    let nanoseconds = Int64(ticks &* tick / 1000)
    let seconds = midnight + Int64(body.u8(5)) * 86_400 - utcOffset
    record.time = seconds * 1_000_000_000 + nanoseconds
    try sink.record(record, body.extracting(Layout.frameHeader..<(Layout.frameHeader + count)))
  }
}
