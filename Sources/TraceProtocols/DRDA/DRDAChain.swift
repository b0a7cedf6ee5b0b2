internal import TraceBytes

/// What one chain of requests and the chain of its replies hold, as far as it came.
struct DRDAChain {
  /// Bytes that are kept of the text of a statement, and of any other value.
  static let mostText = 8192
  static let mostValue = 512
  /// Commands, replies, results and settings that are kept.
  static let mostItems = 32

  var request: Exchange.Half?
  var response: Exchange.Half?
  /// Whether the chain of requests is over, and whether that of replies is.
  var isAsked = false
  var isAnswered = false
  /// Whether any request wants a reply.
  var wantsReply = false
  /// Whether bytes are missing where the reply was, or may have been.
  var isInGap = false

  private(set) var commands: [DDMCode] = []
  private(set) var replies: [DDMCode] = []
  /// The statement, with its secrets blotted out.
  private(set) var sql: [UInt8] = []
  /// Statements that set special registers, likewise.
  private(set) var settings: [[UInt8]] = []
  var attributes: [UInt8] = []
  /// Whether a statement held a secret.
  var hasSecret = false
  /// Values of parameters by code point, of requests and of replies.
  var asked: [UInt16: [UInt8]] = [:]
  private(set) var answered: [UInt16: [UInt8]] = [:]

  private(set) var cards: [SQLCard] = []
  private(set) var failure: DDMCode?
  private(set) var severity: UInt16 = 0
  var rowBytes = 0
  var lobBytes = 0
  var resultSets = 0
  private(set) var isEndOfData = false

  mutating func command(_ code: DDMCode) {
    if commands.count < Self.mostItems { commands.append(code) }
  }

  mutating func reply(_ code: DDMCode) {
    if replies.count < Self.mostItems { replies.append(code) }
    if failure == nil, DRDACodes.failure(code) != nil { failure = code }
    if code == .endqryrm { isEndOfData = true }
  }

  /// A statement of the last command.
  mutating func statement(_ text: [UInt8]) {
    if commands.last == .excsqlset {
      if settings.count < Self.mostItems { settings.append(Array(text.prefix(Self.mostValue))) }
    } else {
      sql = text
    }
  }

  /// A result: those that say nothing new are left out.
  mutating func card(_ card: SQLCard) {
    guard cards.count < Self.mostItems else { return }
    cards.append(card)
  }

  mutating func answer(_ parameter: DDMCode, _ value: RawSpan) {
    if parameter == .svrcod, value.byteCount == 2 { severity = max(severity, value.be16(0)) }
    answered[parameter.rawValue] = Self.kept(value)
  }

  /// As much of a value as is kept.
  static func kept(_ value: RawSpan) -> [UInt8] {
    value.extracting(0..<min(value.byteCount, mostValue)).copied()
  }

  /// Whether the value of a parameter is shown.
  static func isWanted(_ code: DDMCode) -> Bool {
    switch code {
    case .extnam, .srvnam, .srvrlslv, .srvclsnm, .rdbnam, .prdid, .pkgnamcsn, .prcnam, .crrtkn,
      .usrid, .secmec, .secchkcd, .svrcod, .uowdsp, .typdefnam, .typdefovr, .mgrlvlls, .prccnvcd,
      .synerrcd:
      true
    default: false
    }
  }

  func asked(_ code: DDMCode) -> String { DRDAText.text(asked[code.rawValue] ?? []) }
  func answered(_ code: DDMCode) -> String { DRDAText.text(answered[code.rawValue] ?? []) }

  /// The package and section of the last command.
  var package: DRDAPackage? {
    guard let value = asked[DDMCode.pkgnamcsn.rawValue] else { return nil }
    return unsafe DRDAPackage(value.span.bytes)
  }
}

/// What later exchanges of a connection need of earlier ones: a few texts.
struct DRDAMemory {
  private static let mostSections = 8
  private static let mostText = 96

  private struct Section {
    var key: UInt64
    var text: [UInt8]
  }

  /// The client's program, told before the connection is made.
  var program: [UInt8] = []
  /// Statements of sections, the oldest first.
  private var sections: [Section] = []

  /// Takes what a chain of requests told.
  mutating func keep(_ chain: DRDAChain, _ ccsid: UInt16?) {
    if let program = chain.asked[DDMCode.extnam.rawValue] {
      self.program = Array(program.prefix(Self.mostText))
    }
    guard !chain.sql.isEmpty, let key = Self.key(chain) else { return }
    sections.removeAll { $0.key == key }
    if sections.count == Self.mostSections { sections.removeFirst() }
    sections.append(Section(key: key, text: Array(chain.sql.prefix(Self.mostText))))
  }

  /// What was prepared under the package and section of a chain.
  func statement(_ chain: DRDAChain) -> [UInt8]? {
    guard let key = Self.key(chain) else { return nil }
    return sections.last { $0.key == key }?.text
  }

  /// A sum (FNV-1a) over package and section.
  private static func key(_ chain: DRDAChain) -> UInt64? {
    chain.asked[DDMCode.pkgnamcsn.rawValue].map { bytes in
      bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
  }
}
