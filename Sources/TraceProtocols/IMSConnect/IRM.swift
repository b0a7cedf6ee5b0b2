internal import TraceBytes

/// What a client sends: total length, request message (IRM), extensions, data segments, end mark.
///
/// Source: IBM, IMS Communications and Connections, "Format of fixed portion of IRM in IMS Connect
/// messages", "Format of user portion of IRM for HWSSMPL0, HWSSMPL1", "Format of IRM extensions".
struct IRM {
  enum Layout {
    static let total = Field<UInt32>("LLLL", 0)
    static let length = Field<UInt16>("IRM_LEN", 4)
    static let level = Field<UInt8>("IRM_ARCH", 6)
    static let flag0 = Field<UInt8>("IRM_F0", 7)
    static let identifier = Field("IRM_ID", 8, 8)
    static let nakReason = Field<UInt16>("IRM_NAK_RSNCDE", 16)
    static let timer = Field<UInt8>("IRM_TIMER", 21)
    static let socket = Field<UInt8>("IRM_SOCT", 22)
    static let encoding = Field<UInt8>("IRM_ES", 23)
    static let client = Field("IRM_CLIENTID", 24, 8)
    /// The fixed part ends here; the user part, or the OTMA headers of `*HWSJAV*`, follow.
    static let fixedEnd = 32
    static let flag1 = Field<UInt8>("IRM_F1", 32)
    static let flag2 = Field<UInt8>("IRM_F2", 33)
    static let flag3 = Field<UInt8>("IRM_F3", 34)
    static let type = Field<UInt8>("IRM_F4", 35)
    static let transaction = Field("IRM_TRNCOD", 36, 8)
    static let dataStore = Field("IRM_IMSDESTID", 44, 8)
    static let terminal = Field("IRM_LTERM", 52, 8)
    static let user = Field("IRM_RACF_USERID", 60, 8)
    static let group = Field("IRM_RACF_GRNAME", 68, 8)
    static let password = Field("IRM_RACF_PW", 76, 8)
    static let application = Field("IRM_APPL_NM", 84, 8)
    /// The user part of level 0 ends here.
    static let userEnd = 92
  }

  /// The header of an extension.
  enum Extension {
    static let length = Field<UInt16>("extension length", 0)
    static let reserved = Field<UInt16>("extension reserved", 2)
    static let identifier = Field("extension identifier", 4, 8)
    static let size = identifier.end
  }

  /// Length of the whole message; the bytes at hand may be fewer.
  let total: Int
  /// Where the request message ends.
  let end: Int
  /// The letters of its names.
  let coding: TextCoding
  /// Whether the OTMA headers are the client's (`*HWSJAV*`), so that there is no user part.
  let isOTMA: Bool

  /// Whether bytes begin as a request does. 16 bytes tell.
  static func isHeader(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= Layout.identifier.end else { return false }
    let total = bytes[Layout.total]
    let length = bytes[Layout.length]
    return total >= 0x20 && total <= IMSConnect.mostBytes && length >= 0x1C && length <= 0x400
      && Int(length) + 4 <= total && bytes[Layout.level] <= 9
      && IMSConnect.coding(ofIdentifierAt: Layout.identifier.offset, bytes) != nil
  }

  /// Reads the header; nil when the bytes are no request or are cut before the fixed part ends.
  init?(_ bytes: RawSpan) {
    guard Self.isHeader(bytes), bytes.byteCount >= Layout.fixedEnd,
      let coding = IMSConnect.coding(ofIdentifierAt: Layout.identifier.offset, bytes)
    else { return nil }
    total = Int(bytes[Layout.total])
    end = Int(bytes[Layout.length]) + 4
    self.coding = coding
    isOTMA = IMSConnect.has("*HWSJAV*", at: Layout.identifier.offset, bytes) != nil
  }

  /// Whether a field of the user part is there.
  func has(_ field: some LayoutField, _ bytes: RawSpan) -> Bool {
    !isOTMA && field.end <= end && field.end <= bytes.byteCount
  }

  /// A name of the user part; empty where there is none.
  func text(_ field: Field<ByteRun>, _ bytes: RawSpan) -> String {
    guard field.end <= Layout.fixedEnd || has(field, bytes) else { return "" }
    return coding.text(bytes, field.range())
  }

  func byte(_ field: Field<UInt8>, _ bytes: RawSpan) -> UInt8 {
    has(field, bytes) ? bytes[field] : 0
  }

  /// The letters of the data: those that the client says (IRM_ES 1 is UTF-8), or those of its names.
  func dataCoding(_ bytes: RawSpan) -> TextCoding {
    bytes[Layout.encoding] == 1 ? .ascii : coding
  }

  /// Calls `body` with the range and the place of the identifier of each extension; returns where the
  /// data segments begin. Extensions follow the user part; whether IRM_LEN counts them is not sure, so
  /// both is read.
  func extensions(_ bytes: RawSpan, _ body: (Range<Int>) -> Void) -> Int {
    let last = min(total, bytes.byteCount)
    var at = min(end, last)
    if !isOTMA, bytes[Layout.flag0] & 0x04 != 0 {
      var inner = Layout.userEnd
      while inner + Extension.size <= min(end, last) {
        if isExtension(bytes, inner, before: end) {
          at = inner
          break
        }
        inner += 1
      }
    }
    while isExtension(bytes, at, before: total) {
      let next = at + Int(bytes[Extension.length, at: at])
      body(at..<min(next, last))
      at = next
    }
    return max(at, end)
  }

  private func isExtension(_ bytes: RawSpan, _ at: Int, before limit: Int) -> Bool {
    guard bytes.has(Extension.size, at: at), bytes[Extension.reserved, at: at] == 0 else {
      return false
    }
    let length = Int(bytes[Extension.length, at: at])
    return length >= Extension.size && at + length <= limit
      && IMSConnect.coding(ofIdentifierAt: at + Extension.identifier.offset, bytes) != nil
  }

  /// Calls `body` with the data of each segment, without its length, as far as it is at hand. The data of
  /// OTMA clients has a control header between segments and is not taken apart.
  func segments(_ bytes: RawSpan, from start: Int, _ body: (Range<Int>) -> Void) {
    var at = start
    let last = min(total, bytes.byteCount)
    while at + 4 <= last {
      let length = Int(bytes.be16(at))
      // 4 is the end mark.
      guard length > 4 else { return }
      let end = min(at + length, last)
      body(at + 4..<end)
      at += length
    }
  }

  /// The user data of the OTMA headers of `*HWSJAV*`: control header, then, as its prefix flag says, state
  /// data, security data and user data, each with its length.
  func otmaUserData(_ bytes: RawSpan) -> Range<Int>? {
    guard isOTMA, bytes.has(32, at: Layout.fixedEnd) else { return nil }
    let flags = bytes.u8(Layout.fixedEnd + 0x0F)
    guard flags & 0x20 != 0 else { return nil }
    var at = Layout.fixedEnd + 32
    for bit in [0x80, 0x40] as [UInt8] where flags & bit != 0 {
      guard bytes.has(2, at: at), bytes.be16(at) >= 2 else { return nil }
      at += Int(bytes.be16(at))
    }
    guard bytes.has(2, at: at) else { return nil }
    let end = at + Int(bytes.be16(at))
    return end <= total ? at..<min(end, bytes.byteCount) : nil
  }
}
