internal import TraceBytes

/// Segments of MQ made for a test, from Formats/mq.md: in either byte order and either code.
public struct MQMaker: Sendable {
  public var isBigEndian = true
  public var isEBCDIC = false
  /// Nil for one conversation in the socket.
  public var conversation: Int? = 1

  public init(isBigEndian: Bool = true, isEBCDIC: Bool = false, conversation: Int? = 1) {
    self.isBigEndian = isBigEndian
    self.isEBCDIC = isEBCDIC
    self.conversation = conversation
  }

  public func u32(_ value: Int) -> [UInt8] {
    let bytes = [24, 16, 8, 0].map { UInt8(value >> $0 & 0xFF) }
    return isBigEndian ? bytes : bytes.reversed()
  }

  public static func be32(_ value: Int) -> [UInt8] { MQMaker().u32(value) }

  public func text(_ text: String, _ count: Int? = nil) -> [UInt8] {
    let bytes = isEBCDIC ? CodePage.ibm037.bytes(text) ?? [] : Array(text.utf8)
    return bytes
      + [UInt8](repeating: isEBCDIC ? 0x40 : 0x20, count: max(0, (count ?? 0) - bytes.count))
  }

  public func segment(_ type: UInt8, _ body: [UInt8], flags: UInt8 = 0x30) -> [UInt8] {
    let head: [UInt8] = conversation.map { Self.be32($0) + Self.be32(0) } ?? []
    let ccsid = isEBCDIC ? 500 : 819
    let rest =
      head + [isBigEndian ? 1 : 2, type, flags, 0] + [UInt8](repeating: 0, count: 8)
      + u32(isEBCDIC ? 785 : 273)
      + (isBigEndian
        ? [UInt8(ccsid >> 8), UInt8(ccsid & 0xFF)] : [UInt8(ccsid & 0xFF), UInt8(ccsid >> 8)])
      + [0, 0] + body
    return text(conversation == nil ? "TSH " : "TSHM") + Self.be32(rest.count + 8) + rest
  }

  /// A call or reply: the header of the interface, then what it holds.
  public func call(
    _ type: UInt8, _ body: [UInt8] = [], completion: Int = 0, reason: Int = 0, handle: Int = 0,
    flags: UInt8 = 0x30
  ) -> [UInt8] {
    let head = Self.be32(16 + body.count) + u32(completion) + u32(reason) + u32(handle)
    return segment(type, head + body, flags: flags)
  }

  public func initialData(_ channel: String, _ manager: String, _ product: String, flags: UInt8)
    -> [UInt8]
  {
    var body =
      text("ID  ") + [13, 0x26] + [UInt8](repeating: 0, count: 10) + u32(4_194_304) + u32(0)
    body += text(channel, 20) + [0, 0, 0, 0] + text(manager, 48) + u32(300)
    body += [UInt8](repeating: 0, count: 28) + u32(10) + [UInt8](repeating: 0, count: 16)
    body += text(product, 12) + text("", 48)
    return segment(0x01, body, flags: flags)
  }

  public func userID(_ user: String, _ password: String) -> [UInt8] {
    segment(
      0x08,
      text("UID ") + text(user, 12) + text(password, 12) + text(user.lowercased(), 64)
        + [UInt8](repeating: 0, count: 40))
  }

  public func authentication(_ user: String, _ password: String, gap: Int = 0) -> [UInt8] {
    let lengths = u32(user.utf8.count) + u32(password.utf8.count)
    let texts = [UInt8](repeating: 0, count: gap) + text(user) + text(password)
    let fill = [UInt8](repeating: 0, count: (4 - texts.count % 4) % 4)
    return segment(0x0A, text("CAUT") + u32(1) + u32(64) + u32(64) + lengths + texts + fill)
  }

  /// An object descriptor, and the options of an open.
  public func object(_ name: String, type: Int = 1) -> [UInt8] {
    text("OD  ") + u32(1) + u32(type) + text(name, 48) + text("", 96) + text("", 12) + u32(16)
  }

  public func descriptor(_ format: String, persistent: Bool = true, id: UInt8 = 0) -> [UInt8] {
    var body = text("MD  ") + u32(1) + u32(0) + u32(8) + u32(-1) + u32(0) + u32(785) + u32(500)
    body += text(format, 8) + u32(4) + u32(persistent ? 1 : 0)
    body += [UInt8](repeating: id, count: 24) + [UInt8](repeating: 0, count: 24) + u32(0)
    body +=
      text("REPLY.Q", 48) + text("QM9", 48) + text("BATCH1", 12) + [UInt8](repeating: 0, count: 32)
    body += text("", 32) + u32(2) + text("PAYROLL", 28) + text("2026112810150000") + text("", 4)
    return body
  }

  public func putOptions(_ queue: String = "") -> [UInt8] {
    text("PMO ") + u32(1) + [UInt8](repeating: 0, count: 24) + text(queue, 48) + text("", 48)
  }

  public func getOptions(wait: Int?, _ queue: String = "") -> [UInt8] {
    text("GMO ") + u32(1) + u32(wait == nil ? 0 : 1) + u32(wait ?? 0) + u32(0) + u32(0)
      + text(queue, 48)
  }

  public func put(_ handle: Int, _ format: String, _ data: [UInt8], persistent: Bool = true)
    -> [UInt8]
  {
    call(
      0x86, descriptor(format, persistent: persistent) + putOptions() + u32(data.count) + data,
      handle: handle)
  }

  public func get(_ handle: Int, wait: Int?) -> [UInt8] {
    call(0x85, descriptor("") + getOptions(wait: wait) + u32(0), handle: handle)
  }

  public func got(_ queue: String, _ format: String, _ data: [UInt8]) -> [UInt8] {
    call(
      0x95,
      descriptor(format, persistent: false, id: 7) + getOptions(wait: 0, queue) + u32(data.count)
        + data)
  }

  /// A message from queue manager to queue manager.
  public func message(_ number: Int, _ queue: String, _ data: [UInt8], confirm: Bool = false)
    -> [UInt8]
  {
    let header =
      text("MSH ") + u32(number) + u32(data.count) + u32(0) + u32(data.count)
      + text("XQH ") + u32(1) + text(queue, 48) + text("QM2", 48) + descriptor("MQSTR")
    return segment(0x04, header + data, flags: confirm ? 0x31 : 0x30)
  }

  public func status(_ code: Int? = nil, close: Bool = false) -> [UInt8] {
    guard let code else { return segment(0x05, [], flags: 0x40) }
    return segment(0x05, u32(8) + u32(code), flags: close ? 0x0A : 0x02)
  }

  /// A header for the bridge to IMS.
  public func imsHeader(_ authenticator: String) -> [UInt8] {
    text("IIH ") + u32(1) + u32(84) + [UInt8](repeating: 0, count: 44) + text(authenticator, 8)
      + [UInt8](repeating: 0, count: 20)
  }

  /// A header for the bridge to CICS.
  public func cicsHeader(_ authenticator: String) -> [UInt8] {
    text("CIH ") + u32(2) + u32(180) + [UInt8](repeating: 0, count: 80) + text(authenticator, 8)
      + [UInt8](repeating: 0, count: 80)
  }
}
