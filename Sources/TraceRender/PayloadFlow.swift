internal import TraceBytes
internal import TraceProtocols
internal import TraceModel

/// What is remembered of one direction of a conversation.
struct PayloadDirection {
  /// How its payloads are shown.
  var form = FormGuess.Form.undecided
  /// Whether any bytes have been seen.
  var hasBegun = false
  var protocolGuess = ApplicationProtocol.unknown
}

/// What is remembered of one conversation.
///
/// Thousands are open: what only terminals need stands apart.
struct PayloadFlow {
  private var lower = PayloadDirection()
  private var upper = PayloadDirection()
  private final class Apart {
    var terminal: Terminal?
    var lower = TelnetReader()
    var upper = TelnetReader()
  }
  private var apart: Apart?

  private mutating func mine() -> Apart {
    let mine = apart ?? Apart()
    apart = mine
    return mine
  }

  /// The 3270 of the conversation, once it is known to be one.
  var terminal: Terminal? {
    get { apart?.terminal }
    set { mine().terminal = newValue }
  }

  subscript(fromLower: Bool) -> PayloadDirection {
    get { fromLower ? lower : upper }
    set { if fromLower { lower = newValue } else { upper = newValue } }
  }

  /// Negotiation and records of a direction of a telnet connection.
  subscript(telnet fromLower: Bool) -> TelnetReader {
    mutating get { fromLower ? mine().lower : mine().upper }
    _modify {
      let mine = mine()
      if fromLower { yield &mine.lower } else { yield &mine.upper }
    }
  }

  /// Whether the conversation is one of a telnet or 3270 terminal, by what was seen or by `payload`.
  func speaksTerminal(_ payload: RawSpan) -> Bool {
    if terminal != nil { return true }
    switch application {
    case .telnet, .tn3270: return true
    case .unknown, .nje:
      return Code3270.looksFramed(payload) || Code3270.looksLikeWrite(payload)
    default: return false
    }
  }

  /// Notes what the first bytes of a direction tell.
  mutating func begin(fromLower: Bool, _ bytes: RawSpan) {
    guard !self[fromLower].hasBegun, bytes.byteCount > 0 else { return }
    self[fromLower].hasBegun = true
    let known = ApplicationProtocol.guess(bytes)
    if known.confidence >= .likely { self[fromLower].protocolGuess = known.application }
  }

  /// What the conversation speaks, by what either end said first.
  var application: ApplicationProtocol {
    let (lower, upper) = (lower.protocolGuess, upper.protocolGuess)
    return lower != .unknown && lower != .replyDialogue
      ? lower : upper != .unknown ? upper : lower
  }
}
