internal import TraceBytes

/// How many credentials were masked or seen.
public struct CredentialCounts: Sendable, Equatable {
  /// Credentials that were replaced by asterisks, and their bytes.
  public var masked: UInt64 = 0
  public var maskedBytes: UInt64 = 0
  /// Whether credentials were shown as they are.
  public var seen = false
}

/// Masks credentials when that is asked for; otherwise notices the first one.
struct CredentialGuard {
  private let redacts: Bool
  private var masker: Masker
  private var seen = false
  /// The payload last masked.
  private(set) var masked: [UInt8] = []

  init(_ options: PrintOptions) {
    redacts = options.redact
    masker = Masker(options.page)
  }

  /// Whether the payload has to be looked at together with its conversation.
  @inline(__always)
  func wants(_ data: RawSpan) -> Bool {
    redacts || !seen && Masker.isSuspicious(data)
  }

  /// True when ``masked`` is to be shown in place of the payload.
  mutating func mask(_ data: RawSpan, _ flow: PayloadFlow, fromLower: Bool) -> Bool {
    if redacts { return masker.mask(data, flow, fromLower: fromLower, into: &masked) }
    if !seen, Masker.isSuspicious(data) {
      seen = masker.sees(data, flow, fromLower: fromLower)
    }
    return false
  }

  func counts(_ payloads: PayloadPrinter) -> CredentialCounts {
    let fields = payloads.maskedFields
    return CredentialCounts(
      masked: masker.found + fields.count, maskedBytes: masker.bytes + fields.bytes,
      seen: !redacts && (seen || payloads.sawHiddenField))
  }
}

/// Colours, which are ours alone: payload never brings any.
enum StyledLine {
  enum Role {
    case header, inbound, outbound, note
  }

  static func begin(
    _ role: Role, _ options: PrintOptions, _ out: RenderBuffer
  ) throws(TraceError) {
    guard options.color else { return }
    switch role {
    case .header: try out.append("\u{1B}[1m")
    case .inbound: try out.append("\u{1B}[36m")
    case .outbound: try out.append("\u{1B}[32m")
    case .note: try out.append("\u{1B}[33m")
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
