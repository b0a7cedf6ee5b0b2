public import TraceBytes
internal import TraceModel
internal import TraceProtocols

/// How many credentials were masked or seen.
public struct CredentialCounts: Sendable, Equatable {
  /// Credentials that were replaced by asterisks, and their bytes.
  public var masked: UInt64 = 0
  /// Bytes of credentials that were replaced by asterisks.
  public var maskedBytes: UInt64 = 0
  /// Whether credentials were shown as they are.
  public var seen = false

  /// Nothing masked and nothing seen.
  public init() {}
}

/// What the conversations share: the finder, and what was counted.
final class SecretEngine {
  var finder: SecretFinder
  /// Secrets found.
  private(set) var found: UInt64 = 0
  /// Whether secrets are masked; else they are only counted.
  let masks: Bool
  /// Bytes of a body without its coding that are searched; nil for all of them.
  private let decodedBeginning: Int?
  /// Bytes of such bodies that were searched.
  var decoded = 0
  private var unsearchedBytes: [String: UnsearchedBytes] = [:]

  init(_ finder: SecretFinder, masks: Bool = true, decodedBeginning: Int? = nil) {
    self.finder = finder
    self.masks = masks
    self.decodedBeginning = decodedBeginning
  }

  var pseudonyms: Pseudonyms? { finder.pseudonyms }

  /// Whether secrets are only noticed.
  var isWatching: Bool { decodedBeginning != nil }

  /// A body in these codings, the one applied first in front.
  func body(_ codings: [String]) -> CodedBody {
    CodedBody(codings, onlyBeginning: decodedBeginning)
  }

  func count(_ secrets: Int) { found &+= UInt64(secrets) }

  func countUnsearched(_ what: String, bytes: Int, isNewFlow: Bool) {
    var known = unsearchedBytes[what] ?? UnsearchedBytes(what: what)
    known.bytes &+= UInt64(max(0, bytes))
    if isNewFlow { known.flows &+= 1 }
    unsearchedBytes[what] = known
  }

  /// By what is not searched, most bytes first.
  var unsearched: [UnsearchedBytes] {
    unsearchedBytes.values.sorted { ($1.bytes, $0.what) < ($0.bytes, $1.what) }
  }

  /// Looks through bytes that belong to no stream; offsets of the marks begin at ``FlowSecrets/origin``.
  func findAlone(
    _ bytes: RawSpan, isNewFlow: Bool = true, names: Bool = true
  ) -> (marks: SecretMarks, isBlind: Bool) {
    var marks = SecretMarks()
    guard bytes.byteCount > 0 else { return (marks, false) }
    let pseudonyms = finder.pseudonyms
    if !names { finder.pseudonyms = nil }
    defer { finder.pseudonyms = pseudonyms }
    var memory = SecretFinder.Memory()
    var lines = CredentialLocator.LineState()
    let result = finder.find(bytes.copied(), &memory, lines: &lines, CredentialSearch.Speaker())
    for name in result.names {
      marks.add(
        SecretMark(
          start: FlowSecrets.origin &+ UInt64(name.range.lowerBound), bytes: name.bytes,
          isName: true))
    }
    for mark in result.marks {
      let start = FlowSecrets.origin &+ UInt64(mark.range.lowerBound)
      var new = SecretMark(start: start, end: start &+ UInt64(mark.range.count), fill: mark.fill)
      new.isKept = !masks
      marks.add(new)
    }
    count(result.count)
    if result.isBinary {
      countUnsearched("binary datagrams and packets", bytes: bytes.byteCount, isNewFlow: isNewFlow)
    }
    return (marks, result.isBinary)
  }

  /// The same for bytes as a whole that are no record: texts of a capture, bodies whose coding was undone. Names
  /// in them are mapped elsewhere.
  func masked(_ bytes: [UInt8]) -> [UInt8] {
    var copy = bytes
    let found = unsafe findAlone(bytes.span.bytes, names: false).marks
    _ = found.apply(to: &copy, 0..<copy.count, at: FlowSecrets.origin)
    return copy
  }
}

/// Masks the secrets of texts that stand by themselves, as the stage does in streams.
public final class SecretMasker {
  private let engine: SecretEngine

  /// - Parameters:
  ///   - page: the EBCDIC code page that is searched beside ASCII.
  ///   - words: what a site calls secret beside the names that are known.
  public init(page: CodePage = .ibm1047, words: SecretWords = SecretWords()) {
    engine = SecretEngine(SecretFinder(page, words))
  }

  /// A copy of the same length.
  public func masked(_ bytes: [UInt8]) -> [UInt8] { engine.masked(bytes) }
}
