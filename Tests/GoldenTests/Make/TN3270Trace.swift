import TraceBytes

extension ProtocolTraces {
  /// A session of a terminal with TSO, from its record number `from` on.
  static func tn3270e(from first: Int = 0) -> EntryList {
    var list = EntryList()
    let session = conversation("TN3270", 623, 2)
    let device = Array("IBM-3278-4-E".utf8)
    let bind: [UInt8] = [0x31, 1] + [UInt8](repeating: 0, count: 25) + [3] + ebcdic("TSO")
    let turns: [(isServer: Bool, bytes: [UInt8])] = [
      (true, [0xFF, 0xFD, 0x28]), (false, [0xFF, 0xFB, 0x28]),
      (true, [0xFF, 0xFA, 0x28, 8, 2, 0xFF, 0xF0]),
      (false, [0xFF, 0xFA, 0x28, 2, 7] + device + [0xFF, 0xF0]),
      (true, [0xFF, 0xFA, 0x28, 2, 4] + device + [1] + Array("TCP01892".utf8) + [0xFF, 0xF0]),
      (true, record(bind, type: 3)), (true, record(logonScreen, flag: 2, number: 7)),
      (false, record([0], type: 2, number: 7)),
      (
        false,
        record([0x7D, 0xC2, 0x6F] + field(90, "ibmuser") + field(170, "SECRET24"), number: 1)
      ),
      (true, record([0xF1, 0x40], number: 8)),
      (
        true,
        record(
          [0xF5, 0xC3, 0x11, 0x40, 0x40, 0x1D, 0xF0] + ebcdic("ISPF Primary Option Menu"),
          flag: 2, number: 9)
      ),
      (false, record([0], type: 2, number: 9)), (false, record([0xF3, 0x40, 0xC4], number: 2)),
      (true, record([1], type: 4)),
    ]
    if first == 0 { session.start(&list) }
    for turn in turns[first...] {
      if turn.isServer {
        session.send(turn.bytes, &list)
      } else {
        session.receive(turn.bytes, &list)
      }
    }
    session.end(&list)
    return list
  }

  private static let logonScreen: [UInt8] =
    [0xF5, 0xC3, 0x11, 0, 0, 0x1D, 0xF0] + ebcdic("---- TSO/E LOGON ----") + [
      0x11, 0, 80, 0x1D, 0xF0,
    ]
    + ebcdic("Userid ===>") + [0x11, 0, 89, 0x1D, 0x40, 0x11, 0, 100, 0x1D, 0xF0, 0x11, 0, 150]
    + [0x1D, 0xF0] + ebcdic("Password   ===>") + [
      0x11, 0, 169, 0x1D, 0x4C, 0x11, 0, 180, 0x1D, 0xF0,
    ]

  private static func field(_ place: UInt8, _ text: String) -> [UInt8] {
    [0x11, 0, place] + ebcdic(text)
  }

  /// A record with the header of TN3270E.
  private static func record(
    _ data: [UInt8], type: UInt8 = 0, flag: UInt8 = 0, number: UInt8 = 0
  ) -> [UInt8] {
    [type, 0, flag, 0, number] + data + [0xFF, 0xEF]
  }
}
