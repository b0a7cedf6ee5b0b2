import TestSupport
import TraceBytes
import TraceFormats
import TraceModel

/// Conversations with Db2 and MQ, under AT-TLS.
extension ProtocolTraces {
  // MARK: - DRDA

  static func drda() -> EntryList {
    var list = EntryList()
    let talk = conversation("DB2ADIST", 446, 2)
    talk.start(&list)
    connect(talk, "S3CRETPW", check: 0, &list)
    typealias Make = DRDAMaker
    let package = Make.package("LOCDB2", "SYSSH200", 1)
    talk.receive(
      Make.structure(0x51, 1, 0x200D, package)
        + Make.structure(0x43, 1, 0x2414, Make.statement(Make.ebcdic("SELECT NAME FROM PAY.STAFF")))
        + Make.structure(0x01, 2, 0x200C, package), &list)
    talk.send(
      Make.structure(0x43, 1, 0x2411, [0xFF, 0xFF, 0, 1])
        + Make.structure(0x52, 2, 0x2205, Make.parameter(0x1149, [0, 0]))
        + Make.structure(0x53, 2, 0x241B, [0xFF, 0, 0, 4] + Make.ebcdic("ANNA"))
        + Make.structure(0x52, 2, 0x220B, Make.parameter(0x1149, [0, 4]))
        + Make.structure(0x03, 2, 0x2408, Make.card(100, "02000")), &list)
    talk.receive(Make.execute(Make.ebcdic("DELETE FROM PAY.STAF")), &list)
    talk.send(Make.structure(0x03, 1, 0x2408, Make.card(-204, "42704", ["PAY.STAF"])), &list)
    talk.receive(Make.execute(Make.ebcdic("SET ENCRYPTION PASSWORD = 'S3CRETPW'")), &list)
    talk.send(Make.structure(0x03, 1, 0x2408, [0xFF]), &list)
    talk.receive(Make.structure(0x01, 1, 0x200E, []), &list)
    talk.send(
      Make.structure(0x52, 1, 0x220C, Make.parameter(0x2115, [1]))
        + Make.structure(0x03, 1, 0x2408, [0xFF]), &list)
    talk.end(&list)
    let wrong = conversation("DB2ADIST", 446, 3)
    wrong.start(&list)
    connect(wrong, "WR0NGPW", check: 0x0F, &list)
    wrong.end(&list)
    return list
  }

  /// The two chains of a connection.
  private static func connect(
    _ talk: DataConversation, _ password: String, check: UInt8, _ list: inout EntryList
  ) {
    typealias Make = DRDAMaker
    let database = Make.parameter(0x2110, ebcdic("LOCDB2", 18))
    let mechanism = Make.parameter(0x11A2, [0, 3])
    talk.receive(
      Make.structure(
        0x41, 1, 0x1041,
        Make.parameter(0x115E, ebcdic("payroll")) + Make.parameter(0x1147, ebcdic("QDB2/JVM")))
        + Make.structure(0x01, 2, 0x106D, mechanism + database), &list)
    talk.send(
      Make.structure(
        0x43, 1, 0x1443,
        Make.parameter(0x1147, ebcdic("QDB2")) + Make.parameter(0x115A, ebcdic("DSN12015")))
        + Make.structure(0x03, 2, 0x14AC, mechanism), &list)
    talk.receive(
      Make.structure(
        0x41, 1, 0x106E,
        mechanism + database + Make.parameter(0x11A0, ebcdic("IBMUSER"))
          + Make.parameter(0x11A1, ebcdic(password)))
        + Make.structure(
          0x01, 2, 0x2001, database + Make.parameter(0x112E, ebcdic("JCC04330"))), &list)
    let checked =
      Make.parameter(0x1149, [0, check == 0 ? 0 : 8]) + Make.parameter(0x11A4, [check])
    if check != 0 { return talk.send(Make.structure(0x02, 1, 0x1219, checked), &list) }
    talk.send(
      Make.structure(0x42, 1, 0x1219, checked)
        + Make.structure(
          0x02, 2, 0x2201,
          Make.parameter(0x1149, [0, 0]) + Make.parameter(0x112E, ebcdic("DSN12015"))), &list)
  }

  // MARK: - MQ

  static func mq() -> EntryList {
    var list = EntryList()
    let make = MQMaker(isEBCDIC: true)
    let talk = conversation("CSQ9CHIN", 1414, 4)
    talk.start(&list)
    talk.receive(make.initialData("APP.SVRCONN", "*", "MQJM09030500", flags: 0x31), &list)
    talk.send(make.initialData("APP.SVRCONN", "CSQ9", "MQMM09040000", flags: 0), &list)
    talk.receive(make.userID("IBMUSER", "S3CRETPW"), &list)
    talk.receive(
      make.call(0x81, make.text("*", 48) + make.text("PAYROLL", 28) + make.u32(28)), &list)
    talk.send(make.call(0x91, make.text("CSQ9", 48) + make.text("", 28)), &list)
    talk.receive(make.call(0x83, make.object("PAY.QUEUE")), &list)
    talk.send(make.call(0x93, make.object("PAY.QUEUE"), handle: 2), &list)
    talk.receive(
      make.put(2, "MQIMS", make.imsHeader("TICKET01") + [0, 16, 0, 0] + make.text("PAYTRAN 4711")),
      &list)
    talk.send(
      make.call(0x96, make.descriptor("MQIMS", id: 0x41) + make.putOptions("PAY.QUEUE")), &list)
    talk.receive(make.get(2, wait: 5000), &list)
    talk.send(make.call(0x95, completion: 2, reason: 2033), &list)
    talk.receive(make.call(0x83, make.object("NO.SUCH")), &list)
    talk.send(make.call(0x93, completion: 2, reason: 2085), &list)
    talk.receive(make.call(0x82), &list)
    talk.send(make.call(0x92), &list)
    talk.end(&list)
    let sender = conversation("CSQ9CHIN", 1414, 5)
    let one = MQMaker(isBigEndian: false, conversation: nil)
    sender.start(&list)
    sender.receive(one.initialData("TO.CSQ9", "QM1", "MQMM09040000", flags: 0x31), &list)
    sender.send(one.initialData("TO.CSQ9", "CSQ9", "MQMM09040000", flags: 0), &list)
    for number in 1...3 {
      sender.receive(
        one.message(number, "PAY.QUEUE", one.text("message \(number)"), confirm: number == 3), &list
      )
    }
    sender.send(one.status(), &list)
    sender.end(&list)
    return list
  }
}
