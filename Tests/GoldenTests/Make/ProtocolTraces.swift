import TraceBytes
import TraceFormats
import TraceModel

/// The captures in captures/protocols: conversations of the mainframe's own protocols, under AT-TLS.
enum ProtocolTraces {
  static let all: [Capture] = [
    Capture(
      "protocols/drda.ctr",
      "DRDA: a connection, a query, an unknown table, a password in a statement; a wrong password",
      { try drda().laidOut() }),
    Capture(
      "protocols/ims-connect.ctr",
      "IMS Connect: a transaction with its ACK, a wrong password, a resume tpipe that waits",
      { try imsConnect().laidOut() }),
    Capture(
      "protocols/mq.ctr",
      "MQ: a client that puts, waits and asks for an unknown queue, in EBCDIC; a batch of a sender",
      { try mq().laidOut() }),
    Capture(
      "protocols/nje.ctr",
      "NJE: a link opens, nodes sign on, a command with its answer, a job",
      { try nje().laidOut() }),
    Capture(
      "protocols/nje-middle.ctr", "the same without the beginning of the link",
      { try nje(from: 7).laidOut() }),
    Capture(
      "protocols/tn3270e.ctr", "TN3270E: negotiation, BIND, a TSO logon, a key, UNBIND",
      { try tn3270e().laidOut() }),
    Capture(
      "protocols/tn3270-middle.ctr", "the same without its negotiation and its first screen",
      { try tn3270e(from: 7).laidOut() }),
  ]

  static func conversation(_ job: String, _ port: UInt16, _ host: UInt32) -> DataConversation {
    DataConversation(
      job: job, server: Endpoint(IPAddress(ipv4: 0x0A01_0102), port),
      client: Endpoint(IPAddress(ipv4: 0x0A01_0060 + host), 40_100), security: .clearText)
  }

  /// Text in EBCDIC, filled up with blanks.
  static func ebcdic(_ text: String, _ count: Int = 0) -> [UInt8] {
    let bytes = CodePage.ibm037.bytes(text) ?? []
    return bytes + Array(repeating: 0x40, count: max(0, count - bytes.count))
  }

  // MARK: - IMS Connect

  private static func imsConnect() -> EntryList {
    var list = EntryList()
    let talk = conversation("HWS1", 9999, 0)
    talk.start(&list)
    talk.receive(irm(0x40, "IVTNO", "IVTNO   DISPLAY LAST1"), &list)
    talk.send(
      answer([
        segment("IVTNO OUT ENTRY WAS DISPLAYED"), segment("LAST1  FIRST1  8-111-1111"),
        [0, 12, 0x20, 0] + ebcdic("*CSMOKY*"),
      ]), &list)
    talk.receive(irm(0xC1, "", nil), &list)
    talk.send(answer([[0, 12, 0, 0] + ebcdic("*CSMOKY*")]), &list)
    talk.receive(irm(0x40, "IVTNO", "IVTNO   DISPLAY LAST2", password: "SECRET16"), &list)
    talk.send(
      answer([[0, 20, 0, 8] + ebcdic("*REQSTS*") + [0, 0, 0, 8, 0, 0, 0, 40]]), &list)
    talk.receive(irm(0xD9, "", nil, timer: 0xFF), &list)
    talk.end(&list)
    return list
  }

  private static func segment(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    append(UInt16(text.utf8.count + 4), &bytes)
    append(UInt16(0), &bytes)
    return bytes + ebcdic(text)
  }

  private static func answer(_ structures: [[UInt8]]) -> [UInt8] {
    let body = Array(structures.joined())
    var bytes: [UInt8] = []
    append(UInt32(body.count + 4), &bytes)
    return bytes + body
  }

  private static func irm(
    _ type: UInt8, _ transaction: String, _ data: String?, password: String = "SECRET15",
    timer: UInt8 = 0xE9
  ) -> [UInt8] {
    var user: [UInt8] = [0, 0x20, 0x01, type]
    for name in [transaction, "IMS1", "", "USER0001", "GROUP1", password, ""] {
      user += ebcdic(name, 8)
    }
    var irm: [UInt8] = []
    append(UInt16(28 + user.count), &irm)
    irm += [0, 0] + ebcdic("*SAMPL1*") + [0, 0, 0, 0, 0x40, timer, 0x10, 0]
    irm += ebcdic("CLIENT01", 8)
    let message = irm + user + (data.map(segment) ?? []) + [0, 4, 0, 0]
    var bytes: [UInt8] = []
    append(UInt32(message.count + 4), &bytes)
    return bytes + message
  }
}
