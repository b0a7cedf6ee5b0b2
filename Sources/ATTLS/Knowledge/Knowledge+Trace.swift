internal import TraceModel

extension Knowledge {
  // MARK: System SSL names

  /// A System SSL call, attribute or value.
  public struct GSKName: Sendable {
    /// The number in parentheses in EZD1284I, when it is known.
    public let number: Int?
    /// The name.
    public let name: String
    /// Call, buffer, number, choice, value, …
    public let kind: String
    /// What it means and which policy keyword sets it.
    public let meaning: String
    /// How sure this is and where it comes from.
    public let provenance: Provenance
  }

  static let gskNames = KnowledgeTable(PackageResources.gsk_names_tsv).rows.map { row in
    GSKName(
      number: Int(row["number"]), name: row["name"], kind: row["kind"], meaning: row["meaning"],
      provenance: row.provenance)
  }

  private static let gskIndex = Dictionary(
    gskNames.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// The entry with a name such as GSK_KEYRING_FILE.
  public static func gsk(named name: String) -> GSKName? {
    gskIndex[name.uppercased()].map { gskNames[$0] }
  }

  /// The entry with the number that EZD1284I shows in parentheses.
  public static func gsk(_ number: Int) -> GSKName? { gskNames.first { $0.number == number } }

  // MARK: Messages

  /// A message around AT-TLS.
  public struct Message: Sendable {
    /// The message id, such as EZD1287I.
    public let id: String
    /// The word after TTLS: Map, Start, Event, Flow, Data or Error.
    public let kind: String
    /// The trace level that writes it.
    public let traceBit: String
    /// What it means.
    public let meaning: String
    /// What to look at.
    public let look: String
    /// How sure this is and where it comes from.
    public let provenance: Provenance
  }

  static let messages = KnowledgeTable(PackageResources.messages_tsv).rows.map { row in
    Message(
      id: row["id"], kind: row["kind"], traceBit: row["trace_bit"], meaning: row["meaning"],
      look: row["look"], provenance: row.provenance)
  }

  /// The entry for a message id, whatever the case; the letter at its end may be left out.
  public static func message(_ id: String) -> Message? {
    let id = id.uppercased()
    return messages.first { $0.id == id }
      ?? messages.first { $0.id.dropLast() == id && $0.id.last?.isLetter == true }
  }

  // MARK: Trace levels

  /// One bit of the Trace statement.
  public struct TraceLevel: Sendable {
    /// The bit's value.
    public let bit: Int
    /// Its name; empty when none is known.
    public let name: String
    /// Where the messages go.
    public let target: String
    /// Which messages it writes.
    public let messages: String
    /// What it is good for.
    public let meaning: String
    /// How sure this is and where it comes from.
    public let provenance: Provenance
  }

  static let traceLevels = KnowledgeTable(PackageResources.trace_levels_tsv).rows.compactMap {
    row in
    Int(row["bit"]).map {
      TraceLevel(
        bit: $0, name: row["name"], target: row["target"], messages: row["messages"],
        meaning: row["meaning"], provenance: row.provenance)
    }
  }

  /// The levels that a Trace value switches on.
  public static func traceLevels(in value: Int) -> [TraceLevel] {
    traceLevels.filter { value & $0.bit != 0 }
  }

  // MARK: Packet and data trace

  /// One bit of the flag byte in a packet or data trace record.
  public struct TraceFlag: Sendable {
    /// The bit's value.
    public let mask: Int
    /// Its name; empty when none is known.
    public let name: String
    /// What it means.
    public let meaning: String
    /// How sure this is and where it comes from.
    public let provenance: Provenance
  }

  static let traceFlags = KnowledgeTable(PackageResources.trace_flags_tsv).rows.compactMap { row in
    Int(row["mask"], radix: 16).map { mask in
      let name = PTHFlag.names.first { Int($0.mask) == mask }?.name
      return TraceFlag(
        mask: mask, name: name.map { "\($0)" } ?? "", meaning: row["meaning"],
        provenance: row.provenance)
    }
  }

  /// The flags that are on in a flag byte.
  public static func traceFlags(in value: Int) -> [TraceFlag] {
    traceFlags.filter { value & $0.mask != 0 }
  }

  /// Why a packet was discarded.
  public struct DiscardReason: Sendable {
    /// The reason codes this entry covers.
    public let codes: ClosedRange<Int>
    /// Its name; empty when none is known.
    public let name: String
    /// The layer that discarded the packet.
    public let layer: String
    /// What it means.
    public let meaning: String
    /// What to look at.
    public let look: String
    /// How sure this is and where it comes from.
    public let provenance: Provenance
  }

  static let discardReasons = KnowledgeTable(PackageResources.discard_reasons_tsv).rows
    .compactMap { row -> DiscardReason? in
      guard let from = UInt16(row["from"]), let to = UInt16(row["to"]), from <= to else {
        return nil
      }
      // Only single codes have names.
      let name = from == to ? TraceModel.DiscardReason.name(from) : nil
      return DiscardReason(
        codes: Int(from)...Int(to), name: name.map { "\($0)" } ?? "",
        layer: TraceModel.DiscardReason.layer(from).map { "\($0)" } ?? "",
        meaning: row["meaning"], look: row["look"], provenance: row.provenance)
    }

  /// The entry for a discard reason, or nil when it lies outside of every known range.
  public static func discardReason(_ code: Int) -> DiscardReason? {
    discardReasons.first { $0.codes.contains(code) }
  }

  // MARK: Neighbours

  /// A code of a service that people meet next to AT-TLS: PassTickets, errno, SIOCTTLSCTL.
  public struct ServiceCode: Sendable {
    /// The service.
    public let service: String
    /// The code, in the spelling of the service.
    public let code: String
    /// Its name; empty when none is known.
    public let name: String
    /// What it means.
    public let meaning: String
    /// What to look at.
    public let look: String
    /// How sure this is and where it comes from.
    public let provenance: Provenance
  }

  static let serviceCodes = KnowledgeTable(PackageResources.services_tsv).rows.map { row in
    ServiceCode(
      service: row["service"], code: row["code"], name: row["name"], meaning: row["meaning"],
      look: row["look"], provenance: row.provenance)
  }

  /// The entries whose code or name is the given word, whatever the case.
  public static func serviceCodes(_ word: String) -> [ServiceCode] {
    let word = word.uppercased()
    return serviceCodes.filter { $0.code.uppercased() == word || $0.name.uppercased() == word }
  }
}
