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
final class PayloadFlow {
  private var lower = PayloadDirection()
  private var upper = PayloadDirection()
  /// The 3270 of the conversation, once it is known to be one.
  var terminal: Terminal?
  private final class Telnet {
    var lower = TelnetReader()
    var upper = TelnetReader()
  }
  private lazy var readers = Telnet()

  subscript(fromLower: Bool) -> PayloadDirection {
    get { fromLower ? lower : upper }
    set { if fromLower { lower = newValue } else { upper = newValue } }
  }

  /// Negotiation and records of a direction of a telnet connection.
  subscript(telnet fromLower: Bool) -> TelnetReader {
    _read { yield fromLower ? readers.lower : readers.upper }
    _modify { if fromLower { yield &readers.lower } else { yield &readers.upper } }
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
  func begin(fromLower: Bool, _ bytes: RawSpan) {
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

/// What is remembered of the open conversations while their records are shown.
struct PayloadFlows {
  private var flows = PerFlow<PayloadFlow>()

  /// What is remembered of the conversation of a record; nothing of a record that belongs to none.
  mutating func flow(_ placed: PlacedRecord) -> PayloadFlow {
    let slot = Int(placed.flow.slot)
    if let known = flows[slot] { return known }
    let new = PayloadFlow()
    flows[slot] = new
    return new
  }

  /// A conversation is over.
  mutating func close(_ slot: Int) { flows[slot] = nil }
}
