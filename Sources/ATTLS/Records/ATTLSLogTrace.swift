public import TraceBytes
public import TraceModel

/// Reads an AT-TLS log as a trace: the TLS records of its EZD1285I lines, per connection.
///
/// Each connection begins with a start record, and ends with an end record where the log has its
/// Connection Close. Lines of other programs and messages without bytes are framing; what the log
/// leaves out is a gap before the next record.
public struct ATTLSLogTrace: TraceReader {
  /// How far into a file the first message may stand.
  static let probeLength = 4 << 20

  /// What became of the bytes read so far; lines of other programs are framing.
  public private(set) var account = ByteAccount()
  /// The name that `info` shows.
  public let format = "AT-TLS log"

  private var reader = ATTLSLogReader()
  private var feed: ATTLSRecordFeed
  private let book: ATTLSLogBook
  private var dates: ATTLSLogDates
  private var number: UInt64 = 0

  /// Makes a reader.
  ///
  /// - Parameters:
  ///   - day: a day after the last line, in days since 1970, because syslogd gives no year.
  ///   - recordsBefore: records of the run before this input.
  ///   - book: takes what the log says of each connection.
  public init(day: Int64?, recordsBefore: UInt64 = 0, book: ATTLSLogBook) {
    number = recordsBefore
    feed = ATTLSRecordFeed(book: book)
    self.book = book
    dates = ATTLSLogDates(day: day)
  }

  /// Whether the input holds AT-TLS messages; nil when more of it is needed to tell.
  public static func recognises(_ window: RawSpan, atEnd: Bool) -> Bool? {
    guard isText(window) else { return false }
    let length = min(window.byteCount, probeLength)
    let family = Array("EZD128".utf8)
    let word = Array("TTLS ".utf8)
    for hit in 0..<length where window.u8(hit) == 0x45 && window.starts(with: family, at: hit) {
      // EZD1281I, then the word.
      let at = window.end(from: hit + family.count + 2, to: length) { $0 == 0x20 }
      if window.starts(with: word, at: at) { return true }
    }
    return atEnd || window.byteCount >= probeLength ? false : nil
  }

  /// Whether the first bytes are those of a text.
  public static func isText(_ window: RawSpan) -> Bool {
    let length = min(512, window.byteCount)
    var strange = 0
    for index in 0..<length {
      let byte = window.u8(index)
      if byte < 0x20, !(0x09...0x0D).contains(byte) { strange += 1 }
    }
    return strange * 10 <= length
  }

  /// Reads a window: all of it is taken, and the reader keeps what is not whole.
  ///
  /// - Throws: what the sink throws.
  public mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    var messages: [ATTLSMessage] = []
    reader.read(window, atEnd: atEnd) { messages.append($0) }
    for message in messages {
      book.failures.add(message)
      feed.add(message, dates.time(of: message.origin.time))
    }
    if atEnd { feed.finish() }
    let total = offset + UInt64(window.byteCount)
    account.damaged = min(total, reader.counts.damagedBytes)
    account.records = min(total - account.damaged, feed.lineBytes)
    account.framing = total - account.damaged - account.records
    if let year = dates.takeAssumption() {
      try sink.notice(
        .remark,
        .other(
          "the log has no year: it is taken for \(year) (--date sets another); its times are local ones"
        ), at: offset)
    }
    for damage in reader.damage { try sink.notice(TraceNotice(damage)) }
    for piece in feed.takePieces() {
      var record = piece.record
      number += 1
      record.number = number
      try unsafe sink.record(record, piece.bytes.span.bytes)
    }
    return window.byteCount
  }
}

extension TraceNotice {
  /// A message that could not be read.
  public init(_ damage: ATTLSLogReader.Damage) {
    self.init(
      .damaged, .other("an AT-TLS message that cannot be read"), at: damage.offset,
      length: UInt64(damage.length))
  }
}

/// Makes moments of the times in a log.
struct ATTLSLogDates {
  private let day: Int64?
  private var last: Int64 = 0
  private var assumption: Int?
  private var hasAssumed = false

  init(day: Int64?) { self.day = day }

  /// Nanoseconds since 1970; a message without a time has that of the message before it.
  mutating func time(of time: ATTLSTime?) -> Int64 {
    guard var time else { return last }
    if let month = time.month, let date = time.day {
      if time.year == nil { time.year = year(month, date) }
    } else {
      // A job log has the time of day only.
      let parts = CivilDate.parts(nanoseconds: (day ?? 0) &* 86_400_000_000_000)
      (time.year, time.month, time.day) = (parts.year, parts.month, parts.day)
    }
    guard let moment = time.nanosecondsSince1970(fallbackYear: 1970) else { return last }
    last = moment
    return moment
  }

  /// The latest year that puts the date no later than the log itself, give or take a time zone.
  private mutating func year(_ month: Int, _ date: Int) -> Int {
    guard let day else { return assume(1970) }
    let year = CivilDate.parts(nanoseconds: day &* 86_400_000_000_000).year
    return assume(CivilDate.days(year: year, month: month, day: date) > day + 1 ? year - 1 : year)
  }

  private mutating func assume(_ year: Int) -> Int {
    if !hasAssumed { assumption = year }
    hasAssumed = true
    return year
  }

  /// The year that was assumed first, once.
  mutating func takeAssumption() -> Int? {
    defer { assumption = nil }
    return assumption
  }
}
