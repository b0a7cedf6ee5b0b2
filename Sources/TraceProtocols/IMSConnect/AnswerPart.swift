internal import TraceBytes

/// A piece of what IMS Connect sends: one structure, and before the first one the total length when the
/// exit gives it (HWSSMPL1 does, HWSSMPL0 does not).
///
/// Source: IBM, IMS Communications and Connections, "Output message from message exit to client".
struct AnswerPart {
  enum Kind: Sendable {
    /// Output of the application.
    case data
    /// `*REQMOD*`: name of the message format.
    case format
    /// `*CSMOKY*`: the last structure of an answer that succeeded.
    case complete
    /// `*REQSTS*`: the only structure of an answer that failed.
    case status
    /// `*GENCID*`: the client id that IMS Connect made.
    case clientID
    /// The whole answer to a client with OTMA headers of its own.
    case otma
  }

  enum Layout {
    static let length = Field<UInt16>("LL", 0)
    static let flags = Field<UInt8>("CSM_FLG1, RSM_FLG1", 2)
    static let second = Field<UInt8>("CSM_FLG2, RSM_RACFRC or RSM_OTMRSN", 3)
    static let identifier = Field("ID", 4, 8)
    static let name = Field("REQMOD_NAME, client id", 12, 8)
    static let returnCode = Field<UInt32>("RSM_RETCOD", 12)
    static let reasonCode = Field<UInt32>("RSM_RSNCOD", 16)
  }

  /// Bytes of the whole answer, its own four included; nil when it is not said here.
  var total: Int?
  /// Where the structure begins and ends.
  var start: Int
  var end: Int
  var kind = Kind.data
  var coding = TextCoding.ebcdic

  /// Reads the piece that bytes begin with; nil when it cannot be one or more bytes are needed to tell.
  /// `takesTotal` says whether a total length may stand first.
  init?(_ bytes: RawSpan, takesTotal: Bool) {
    guard bytes.byteCount >= 4 else { return nil }
    let first = bytes[IRM.Layout.total]
    if takesTotal, Self.isTotal(bytes) {
      total = Int(first)
      start = 4
      if let coding = IMSConnect.has("*HWSJAV*", at: 4, bytes) {
        self.coding = coding
        kind = .otma
        end = Int(first)
        return
      }
      guard bytes.byteCount >= 6 else { return nil }
    } else {
      start = 0
    }
    let length = Int(bytes[Layout.length, at: start])
    guard length >= 4 else { return nil }
    end = start + length
    let at = start + Layout.identifier.offset
    if let total, end > total { return nil }
    guard length >= Layout.identifier.end,
      let coding = IMSConnect.coding(ofIdentifierAt: at, bytes)
    else { return }
    self.coding = coding
    let identifier = Layout.identifier.range(at: start)
    if coding.equals("*CSMOKY*", bytes, identifier) {
      kind = .complete
    } else if coding.equals("*REQSTS*", bytes, identifier), length >= Layout.reasonCode.end {
      kind = .status
    } else if coding.equals("*REQMOD*", bytes, identifier) {
      kind = .format
    } else if coding.equals("*GENCID*", bytes, identifier) {
      kind = .clientID
    }
  }

  /// Whether a total length stands first. A structure has a length of 4 or more in its first two bytes,
  /// and flags or zeros in the next two; only a total of 256 KiB or more looks like one.
  static func isTotal(_ bytes: RawSpan) -> Bool {
    let total = bytes[IRM.Layout.total]
    guard total >= 8, total <= IMSConnect.mostBytes else { return false }
    if bytes[Layout.length] < 4 { return true }
    guard bytes.byteCount >= 12, IMSConnect.coding(ofIdentifierAt: 4, bytes) == nil else {
      return false
    }
    let length = bytes.be16(4)
    return bytes.be16(2) != 0 && length >= 4 && Int(length) + 4 <= total && bytes.be16(6) == 0
  }

  /// Bytes of the structure without its length.
  var data: Range<Int> { min(start + 4, end)..<end }
}
