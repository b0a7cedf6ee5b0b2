internal import TraceBytes

/// How many credentials were masked or seen.
public struct CredentialCounts: Sendable, Equatable {
  /// Credentials that were replaced by asterisks, and their bytes.
  public var masked: UInt64 = 0
  public var maskedBytes: UInt64 = 0
  /// Whether credentials were shown as they are.
  public var seen = false

  public init() {}
}

/// Masks credentials when that is asked for; otherwise notices the first one.
struct CredentialGuard {
  private let redacts: Bool
  private var masker: Masker
  private var seen = false
  private let words = FirstWords()
  /// The payload last masked.
  private(set) var masked: [UInt8] = []

  init(_ options: PrintOptions) {
    redacts = options.redact
    masker = Masker(options.page)
  }

  /// Whether the payload has to be looked at together with its conversation.
  @inline(__always)
  func wants(_ data: RawSpan) -> Bool {
    redacts || !seen && words.hintAtCredentials(data)
  }

  /// True when ``masked`` is to be shown in place of the payload.
  mutating func mask(
    _ data: RawSpan, _ flow: PayloadFlow, fromLower: Bool, isOutbound: Bool?
  ) throws(TraceError) -> Bool {
    if redacts {
      return try masker.mask(
        data, flow, fromLower: fromLower, isOutbound: isOutbound, into: &masked)
    }
    if !seen, words.hintAtCredentials(data) {
      seen = masker.sees(data, flow, fromLower: fromLower)
    }
    return false
  }

  /// The counts; `sawHidden` tells whether text of non-display fields was shown.
  func counts(sawHidden: Bool) -> CredentialCounts {
    var counts = CredentialCounts()
    counts.masked = masker.found
    counts.maskedBytes = masker.bytes
    counts.seen = !redacts && (seen || sawHidden)
    return counts
  }
}

/// Colours, which are ours alone: payload never brings any.
enum StyledLine {
  enum Role {
    case header, client, server
  }

  static func begin(
    _ role: Role, _ options: PrintOptions, _ out: RenderBuffer
  ) throws(TraceError) {
    guard options.color else { return }
    switch role {
    case .header: try out.append("\u{1B}[1m")
    case .server: try out.append("\u{1B}[36m")
    case .client: try out.append("\u{1B}[32m")
    }
  }

  /// Ends the line and its colour.
  static func end(_ options: PrintOptions, _ out: RenderBuffer) throws(TraceError) {
    try reset(options, out)
    try out.u8(0x0A)
  }

  static func reset(_ options: PrintOptions, _ out: RenderBuffer) throws(TraceError) {
    if options.color { try out.append("\u{1B}[0m") }
  }
}
