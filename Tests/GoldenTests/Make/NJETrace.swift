import TraceBytes

extension ProtocolTraces {
  /// A link between WASHDC and NEWYORK, from its record number `from` on.
  static func nje(from first: Int = 0) -> EntryList {
    var list = EntryList()
    let link = conversation("JES2S001", 175, 1)
    let turns: [(isServer: Bool, bytes: [UInt8])] = [
      (false, control("OPEN", "WASHDC", "NEWYORK")), (true, control("ACK", "NEWYORK", "WASHDC")),
      (false, buffer([0x01, 0x2D])), (true, buffer([0x10, 0x70])),
      (false, block([signOn(0xC9, "WASHDC", "SECRET17", "SECRET18")])),
      (true, block([signOn(0xD1, "NEWYORK", "SECRET19", "SECRET20")])),
      (false, block([[0xF0, 0xD2, 9, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0xC8]])),
      (false, block([message(0x90, "D NJEDEF", "NEWYORK", "WASHDC")])),
      (
        true,
        block([message(0x10, "$HASP831 NJEDEF  OWNNAME=NEWYORK,OWNNODE=1", "WASHDC", "NEWYORK")])
      ),
      (false, block([[0x90, 0x98, 0]])), (true, block([[0xA0, 0x98, 0]])),
      (
        false,
        block([
          jobHeader(), card("//PAYROLL  JOB (1234),'ABC',CLASS=A,USER=IBMUSER,"),
          card("//             PASSWORD=SECRET23"), card("//STEP1    EXEC PGM=IEFBR14"),
        ])
      ),
      (false, block([[0x98, 0, 0]])), (true, block([[0xC0, 0x98, 0]])),
      (false, block([[0xF0, 0xC2]])),
    ]
    if first == 0 { link.start(&list) }
    for turn in turns[first...] {
      if turn.isServer { link.send(turn.bytes, &list) } else { link.receive(turn.bytes, &list) }
    }
    link.end(&list)
    return list
  }

  private static func control(_ type: String, _ from: String, _ to: String) -> [UInt8] {
    let one = ebcdic(type, 8) + ebcdic(from, 8) + [10, 1, 0, 97]
    return one + ebcdic(to, 8) + [10, 1, 1, 2, 0]
  }

  private static func buffer(_ block: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    append(UInt16(0), &bytes)
    append(UInt16(block.count + 16), &bytes)
    append(UInt32(0), &bytes)
    append(UInt16(0), &bytes)
    append(UInt16(block.count), &bytes)
    return bytes + block + [0, 0, 0, 0]
  }

  private static func block(_ records: [[UInt8]]) -> [UInt8] {
    buffer([0x10, 0x02, 0x80, 0x8F, 0xCF] + records.joined() + [0])
  }

  /// Compressed: runs of blanks by a byte, all else as it is.
  private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var at = 0
    while at < bytes.count {
      var end = at
      while end < bytes.count, bytes[end] == 0x40, end - at < 31 { end += 1 }
      if end - at >= 2 {
        result.append(0x80 | UInt8(end - at))
        at = end
        continue
      }
      end = at + 1
      while end < bytes.count, end - at < 63, bytes[end...].prefix(2) != [0x40, 0x40] { end += 1 }
      result += [0xC0 | UInt8(end - at)] + bytes[at..<end]
      at = end
    }
    return result + [0]
  }

  private static func signOn(
    _ letter: UInt8, _ node: String, _ line: String, _ password: String
  ) -> [UInt8] {
    let data: [UInt8] = [0x29] + ebcdic(node, 8) + [2, 0, 0, 0, 0, 0, 0x64, 0x80, 0]
    return [0xF0, letter] + data + ebcdic(line, 8) + ebcdic(password, 8) + [0, 0x15, 0, 0, 0]
  }

  private static func message(
    _ flags: UInt8, _ text: String, _ to: String, _ from: String
  ) -> [UInt8] {
    let head: [UInt8] = [flags, 0x77, 0, UInt8(text.utf8.count)] + ebcdic(to, 8) + [1]
    let console = [UInt8](repeating: 0, count: 8)
    return [0x9A, 0] + compressed(head + console + ebcdic(from, 8) + [2] + ebcdic(text))
  }

  private static func card(_ text: String) -> [UInt8] {
    [0x98, 0x80] + compressed([80] + ebcdic(text, 80))
  }

  private static func jobHeader() -> [UInt8] {
    var section: [UInt8] = [0, 220, 0, 0, 0x04, 0xD2] + ebcdic("AH") + [0, 9, 0, 0, 0, 0, 0, 0]
    for name in ["(1234)", "PAYROLL", "IBMUSER", "SECRET21", "SECRET22"] {
      section += ebcdic(name, 8)
    }
    section += [0xE0, 0, 0, 0, 0, 0, 0, 0]
    for name in ["WASHDC", "", "NEWYORK", "", "WASHDC", "", "WASHDC", ""] {
      section += ebcdic(name, 8)
    }
    section += ebcdic("STD", 8) + [UInt8](repeating: 0, count: 16) + ebcdic("PROGRAMMER", 20)
    section += [UInt8](repeating: 0, count: 220 - section.count)
    return [0x98, 0xC0] + compressed([0, 224, 0, 0] + section)
  }
}
