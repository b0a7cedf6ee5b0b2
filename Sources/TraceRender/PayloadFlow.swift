internal import TraceBytes
internal import TraceProtocols
internal import TraceModel

/// What is remembered of one direction of a conversation.
///
/// A class, because reading a part of a large struct through the flow costs an allocation.
final class PayloadDirection {
  var guess = FormGuess(.undecided, "", 0)
  /// Whether any bytes have been seen.
  var hasBegun = false
  var protocolGuess = ApplicationProtocol.unknown
  private final class Telnet {
    var reader = TelnetReader()
  }
  private lazy var terminal = Telnet()
  /// Negotiation and records of a telnet connection; hardly any direction is of one.
  var telnet: TelnetReader {
    get { terminal.reader }
    _modify { yield &terminal.reader }
  }
}

/// What is remembered of one conversation.
final class PayloadFlow {
  // Made when the end sends something: thousands of conversations are open, and in many only one end has.
  private var lower: PayloadDirection?
  private var upper: PayloadDirection?
  /// The 3270 of the conversation, once it is known to be one.
  var terminal: Terminal?

  subscript(fromLower: Bool) -> PayloadDirection {
    if let known = fromLower ? lower : upper { return known }
    let new = PayloadDirection()
    if fromLower { lower = new } else { upper = new }
    return new
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
    let (lower, upper) = (
      lower?.protocolGuess ?? .unknown, upper?.protocolGuess ?? .unknown
    )
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
