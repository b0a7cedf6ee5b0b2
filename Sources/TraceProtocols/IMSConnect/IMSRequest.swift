internal import TraceBytes
import TraceModel

/// A request in words.
struct IMSRequest {
  let type: IMSConnectCodes.MessageType
  /// Data segments, and their bytes without lengths.
  private(set) var segments = 0
  private var dataBytes = 0
  private var firstData: Range<Int>?
  private var details: [Exchange.Detail] = []
  private var object = ""
  private var user = ""

  init(_ irm: IRM, _ bytes: RawSpan) {
    let code = irm.byte(IRM.Layout.type, bytes)
    type = IMSConnectCodes.MessageType(code, folded: Self.letter(code, irm.coding))
    let isOTMA = irm.isOTMA
    let dataCoding = irm.dataCoding(bytes)
    var extensions: [(name: String, value: Range<Int>)] = []
    let dataStart = irm.extensions(bytes) { range in
      // A message that is all extensions must not make a list of them.
      guard extensions.count < 8 else { return }
      extensions.append(
        (
          irm.coding.text(bytes, IRM.Extension.identifier.range(at: range.lowerBound)),
          range.lowerBound + IRM.Extension.size..<range.upperBound
        ))
    }
    if !isOTMA {
      irm.segments(bytes, from: dataStart) { range in
        if firstData == nil { firstData = range }
        segments += 1
        dataBytes += range.count
      }
    }
    user = irm.text(IRM.Layout.user, bytes)
    object = Self.object(irm, bytes, type, firstData, dataCoding)
    add("client id", irm.text(IRM.Layout.client, bytes))
    add("data store", irm.text(IRM.Layout.dataStore, bytes))
    add("group", irm.text(IRM.Layout.group, bytes))
    add("PassTicket application", irm.text(IRM.Layout.application, bytes))
    add("logical terminal", irm.text(IRM.Layout.terminal, bytes))
    if !isOTMA, let mode = IMSConnectCodes.commitMode(irm.byte(IRM.Layout.flag2, bytes)) {
      add("commit mode", mode)
      add("sync level", IMSConnectCodes.syncLevel(irm.byte(IRM.Layout.flag3, bytes)))
    }
    add("timer", IMSConnectCodes.timer(bytes[IRM.Layout.timer]))
    add("socket", IMSConnectCodes.socket(bytes[IRM.Layout.socket]))
    add("exit", irm.text(IRM.Layout.identifier, bytes))
    let flag1 = irm.byte(IRM.Layout.flag1, bytes)
    if flag1 != 0 { add("IRM_F1", Hex.shown(flag1)) }
    if bytes[IRM.Layout.flag0] & 0x10 != 0 || type == .nak {
      add("NAK reason", "\(bytes[IRM.Layout.nakReason])")
    }
    for (name, value) in extensions where name.uppercased() != "*PHRASE*" {
      add(
        name,
        name.uppercased() == "*TRCKID*" || name.uppercased() == "*NETUID*"
          || name.uppercased() == "*NETSID*"
          ? irm.coding.text(bytes, value.prefix(64)) : "\(value.count) bytes")
    }
    if let firstData {
      let count = segments == 1 ? "1 segment" : "\(segments) segments"
      add("input", "\(count), \(dataBytes) B")
      add("data", Self.shown(bytes, firstData, dataCoding))
    }
  }

  /// The exchange that the request begins.
  func exchange(client: FlowSide) -> Exchange {
    var exchange = Exchange(.imsConnect, client: client, operation: type.name)
    exchange.object = object
    exchange.user = user
    exchange.details = details
    return exchange
  }

  private mutating func add(_ name: String, _ value: String) {
    if !value.isEmpty { details.append(.init(name, value)) }
  }

  /// The message type is an EBCDIC letter, or an ASCII one when the exit translates.
  private static func letter(_ code: UInt8, _ coding: TextCoding) -> UInt8 {
    if coding == .ascii, code < 0x80 { return TextCoding.ascii.fold(code) }
    return TextCoding.ebcdic.fold(code)
  }

  /// Transaction and data store: `IVTNO on IMS1`; the client for a resume tpipe, whose TPIPE it names.
  private static func object(
    _ irm: IRM, _ bytes: RawSpan, _ type: IMSConnectCodes.MessageType, _ data: Range<Int>?,
    _ dataCoding: TextCoding
  ) -> String {
    let store = irm.text(IRM.Layout.dataStore, bytes)
    var name = irm.text(IRM.Layout.transaction, bytes)
    if name.isEmpty, let data, !type.isControl {
      name = dataCoding.text(bytes, data.prefix(8))
      if let blank = name.firstIndex(of: " ") { name = String(name[..<blank]) }
    }
    if type == .resume || name.isEmpty {
      name = "client " + irm.text(IRM.Layout.client, bytes)
    }
    return store.isEmpty ? name : "\(name) on \(store)"
  }

  /// The first bytes of the data as text, with asterisks over what is secret in it.
  private static func shown(
    _ bytes: RawSpan, _ range: Range<Int>, _ coding: TextCoding
  ) -> String {
    let part = range.lowerBound..<range.lowerBound + min(range.count, 80)
    return coding.text(bytes, part) { mark in
      IMSConnectSecrets.signOn(bytes, range, coding, mark)
    }
  }
}
