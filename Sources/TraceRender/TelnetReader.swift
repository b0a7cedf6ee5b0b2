internal import TraceBytes
internal import TraceProtocols

/// Takes telnet apart: negotiation, and records that end with EOR.
///
/// It keeps its place over record boundaries of the trace. Source: RFC 854, RFC 885 (EOR), RFC 1576
/// (TN3270), RFC 2355 (TN3270E).
struct TelnetReader {
  enum Event {
    /// DO, DONT, WILL or WONT and its option.
    case option(verb: UInt8, option: UInt8)
    /// What stands between SB and SE; its bytes are in ``TelnetReader/collected``.
    case subnegotiation
    /// Another command.
    case command(UInt8)
    /// An EOR-framed record; its bytes are in ``TelnetReader/collected``.
    case record
  }

  private enum State {
    case data, escape, verb(UInt8), subnegotiation, subnegotiationEscape
  }

  /// More bytes than that without an EOR are given as a record.
  private static let limit = 64 << 10

  private var state = State.data
  private var record: [UInt8] = []
  /// For each byte of the record, its place in the present payload; -1 from earlier ones.
  private var places: [Int] = []
  private var option: [UInt8] = []
  /// The bytes of the event just given.
  private(set) var collected: [UInt8] = []
  /// Where the bytes of a record stand in the present payload; -1 from earlier ones.
  private(set) var collectedPlaces: [Int] = []

  /// Bytes of a record whose end has not come yet.
  var pending: Int { record.count }

  /// The unfinished record and where its bytes stand.
  var unfinished: (bytes: [UInt8], places: [Int]) { (record, places) }

  /// A payload has been read: what is kept of it is from an earlier one now.
  mutating func endPayload() {
    for index in places.indices { places[index] = -1 }
  }

  /// Takes the byte at `place` of a payload; nil when nothing is complete with it.
  mutating func take(_ byte: UInt8, at place: Int) -> Event? {
    switch state {
    case .data:
      if byte == Telnet.iac {
        state = .escape
        return nil
      }
      keep(byte, place)
      return record.count >= Self.limit ? complete() : nil
    case .escape:
      state = .data
      switch byte {
      case Telnet.iac:
        keep(byte, place)
        return nil
      case Telnet.eor: return complete()
      case Telnet.will...Telnet.dont:
        state = .verb(byte)
        return nil
      case Telnet.sb:
        option.removeAll(keepingCapacity: true)
        state = .subnegotiation
        return nil
      default: return .command(byte)
      }
    case .verb(let verb):
      state = .data
      return .option(verb: verb, option: byte)
    case .subnegotiation:
      if byte == Telnet.iac {
        state = .subnegotiationEscape
      } else if option.count < Self.limit {
        option.append(byte)
      }
      return nil
    case .subnegotiationEscape:
      if byte == Telnet.iac {
        if option.count < Self.limit { option.append(byte) }
        state = .subnegotiation
        return nil
      }
      state = .data
      collected = option
      return .subnegotiation
    }
  }

  /// Gives what is there of an unfinished record.
  mutating func takePending() -> [UInt8] {
    defer { clear() }
    return record
  }

  private mutating func complete() -> Event {
    swap(&collected, &record)
    swap(&collectedPlaces, &places)
    clear()
    return .record
  }

  private mutating func keep(_ byte: UInt8, _ place: Int) {
    record.append(byte)
    places.append(place)
  }

  private mutating func clear() {
    record.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
  }
}
