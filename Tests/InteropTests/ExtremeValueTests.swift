import Foundation
import TestSupport
import Testing

/// The largest and smallest numbers that an input can hold, in every field: no command is brought down.
@Suite("Interop: extreme values")
struct ExtremeValueTests {
  private static func word(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  private static func block(_ type: UInt64, _ body: [UInt8]) -> [UInt8] {
    let length = word(UInt64(body.count + 12), 4)
    return word(type, 4) + length + body + length
  }

  private static func option(_ code: UInt64, _ value: [UInt8]) -> [UInt8] {
    word(code, 2) + word(UInt64(value.count), 2) + value
      + [UInt8](repeating: 0, count: -value.count & 3)
  }

  /// An HTTP exchange at both ends of time, with packets lost before each record, and lengths of 2^32 - 1.
  private static let capture: [UInt8] = {
    var maker = CaptureMaker(serverPort: 80)
    maker.open()
    maker.send(Array("GET /a HTTP/1.1\r\nHost: x\r\n\r\n".utf8), fromClient: true)
    maker.send(
      Array("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nx".utf8),
      fromClient: false)
    maker.send(Array("GET /b HTTP/1.1\r\n\r\n".utf8), fromClient: true)
    var packets: [[UInt8]] = []
    var at = 24
    while at < maker.bytes.count {
      let count = Int(maker.bytes[at + 8]) | Int(maker.bytes[at + 9]) << 8
      packets.append(Array(maker.bytes[at + 16..<at + 16 + count]))
      at += 16 + count
    }
    var file = block(
      0x0A0D_0D0A, word(0x1A2B_3C4D, 4) + word(1, 4) + word(.max, 8))
    for (resolution, shift) in [(0x09, UInt64(0)), (0, .max), (0xFF, 1 << 63), (6, (1 << 63) - 1)] {
      file += block(
        1,
        word(101, 4) + word(0, 4) + option(9, [UInt8(resolution)]) + option(14, word(shift, 8))
          + word(0, 4))
    }
    for (index, packet) in packets.enumerated() {
      let stamp: UInt64 = index % 2 == 0 ? 0 : .max
      file += block(
        6,
        word(UInt64(index % 4), 4) + word(stamp >> 32, 4) + word(stamp, 4)
          + word(UInt64(packet.count), 4) + word(0xFFFF_FFFF, 4) + packet
          + [UInt8](repeating: 0, count: -packet.count & 3) + option(4, word(.max, 8))
          + option(2, word(0xFFFF_FFFF, 4)) + option(5, word(.max, 8)) + word(0, 4))
    }
    return file + block(5, word(0, 4) + word(.max, 8) + option(4, word(.max, 8)) + word(0, 4))
  }()

  private static let classic: [UInt8] = {
    var bytes = CaptureMaker().bytes
    for seconds in [0, 0xFFFF_FFFF, 0x7FFF_FFFF] as [UInt64] {
      bytes += word(seconds, 4) + word(0xFFFF_FFFF, 4) + word(20, 4) + word(0xFFFF_FFFF, 4)
      bytes +=
        [0x45, 0, 0xFF, 0xFF, 0, 0, 0x3F, 0xFF, 0xFF, 6] + [UInt8](repeating: 0xFF, count: 10)
    }
    return bytes
  }()

  private static let listing = Array(
    """
    lost:packet trace records:18446744073709551615
    data trace records:18446744073709551615
    Data trace.  Data length 16777215.  ATTLS Clear Text.
    >GPMSERVE 23:59:60.999999 Src 255.255.255.255 Port 65535 Dst 10.1.1.2 Port 99999999999
    00000000 : 48656C6C 6F                          .....            Hello
    lost:packet trace records:18446744073709551615
    data trace records:18446744073709551615
    Packet trace.  Pthread Sequence 18446744073709551615
    Original Payloadlength 18446744073709551615
    Data length 18446744073709551615.
    <TR1 00:00:00.000000 Src 10.1.1.2 Port 1 Dst 10.1.1.3 Port 2
    FFFFFFFF : 48656C6C 6F                          .....            Hello
    Data trace.  Data length 5.
    >GPMSERVE 00:00:00.000000 Src 255.255.255.255 Port 65535 Dst 10.1.1.2 Port 1
    00000000 : 48656C6C 6F                          .....            Hello

    """.utf8)

  private static let report = Array(
    """
     **** 2200/12/31
    4294967295 MVSJ     PACKET   FFFFFFFF 23:59:59.999999 Packet Trace
     To Interface      : TR1              Device: 255(X)   Full=16777215
      Tod Clock        : 2200/12/31 23:59:59.999999
      Lost Records     : 18446744073709551615                Flags: Pkt Ver2 Out
      Source Port      : 99999999999      Dest Port: 53    Asid: FFFFFFFFFFFF TCB: FFFFFFFFFFFFFFFF
     IpHeader: Version : 4                Header Length: 18446744073709551615
      Packet Length    : 18446744073709551615  ID Number: FFFF
      Fragment         :                  Offset: 0
      TTL              : 64               Protocol: UDP
      Source           : 255.255.255.255
      Destination      : 10.1.1.2
     UDP
      Datagram Length  : 18446744073709551615
    ------------------------------------------------------------
      1 MVSJ     PACKET   00000004 00:00:00.000000 Packet Trace
     From Interface    : TR1              Device: X   Full=56
      Tod Clock        : 1970/01/01 00:00:00.000000
      Lost Records     : 18446744073709551615                Flags: Pkt
      Source Port      : 1                Dest Port: 2
     IpHeader: Version : 4                Header Length: 20
      Packet Length    : 0                ID Number: FFFF
      TTL              : 64               Protocol: TCP
      Source           : 10.1.1.2
      Destination      : 10.1.1.3
     TCP
      Sequence Number  : 18446744073709551615  Ack Number: 18446744073709551615
      Header Length    : 18446744073709551615  Flags: Ack Syn Fin Rst
    OT 4294967295 00:00:00.000000 FFFF 18446744073709551615 18446744073709551615 99999 ACK 16777215 10.7.1.61-99999
                   FFFFFFFF FFFFFFFF *........ ........* 192.168.248.44-5000
    "Flags ","Packet","Absolute Time  ","Rel Time","Delta Time","Device          ","Source          ","Destination     ","IpId","IpLen","Protocol  ","Summary"
    "I O   ",4294967295,"23:59:59.999999",0,0,"OSA","10.1.1.1","10.1.1.2",0,18446744073709551615,"UDP","S=99999 D=99999 LEN=18446744073709551615"

    """.utf8)

  private static let log = Array(
    """
    Dec 31 23:59:60 S0W1 TTLS[99999999999]: 23:59:60 TCPIP    EZD1281I TTLS Map   CONNID: FFFFFFFF LOCAL: 255.255.255.255..99999 REMOTE: 10.1.0.2..0 JOBNAME: J USERID: U TYPE: InBound STATUS: Appl Control RULE: R ACTIONS: A B C
    Jan  1 00:00:00 S0W1 TTLS[1]: 00:00:00 TCPIP    EZD1287I TTLS Error GRPID: FFFFFFFF ENVID: FFFFFFFF CONNID: FFFFFFFF RC: 9223372036854775807 Initial Handshake 99999999999999999999
    last message repeated 999999999 times
    Jan  1 00:00:00 S0W1 TTLS[1]: 00:00:00 TCPIP    EZD1285I TTLS Data  CONNID: FFFFFFFF RECV CIPHER 17030347FF
    Jan  1 00:00:00 S0W1 TTLS[1]: 00:00:00 TCPIP    EZD1285I TTLS Data  CONNID: FFFFFFFF RECV CIPHER 16030347FF01FFFFFF

    """.utf8)

  /// Entries with clocks, lengths and numbers of nothing but ones, and a lost record of as many.
  private static let trace: [UInt8] = {
    func entry(_ id: [UInt8], _ body: [UInt8]) -> [UInt8] {
      let length = body.count + 18
      let two = [UInt8(length >> 8), UInt8(length & 0xFF)]
      return two + [0, 16] + id + [0xF7, 0xA3, 4, 0x8B, 0xC9, 0xFF, 0xF0, 0] + body + two
    }
    var header = [UInt8](repeating: 0xFF, count: 92)
    header.replaceSubrange(0..<4, with: [0, 92, 0, 0xFF])
    header.replaceSubrange(24..<32, with: [0xF7, 0xA3, 4, 0x8B, 0xC9, 0xFF, 0xF0, 0])
    var file: [UInt8] = []
    for id in [4, 5, 6, 7, 8] as [UInt8] {
      file += entry(
        [0, 0, 0, id], header + [0x45, 0, 0xFF, 0xFF] + [UInt8](repeating: 0xFF, count: 60))
    }
    for _ in 0..<3 {
      file += entry(
        [0xFF, 0, 0, 1],
        [0xB3, 0x61, 0x18, 0x3F, 0x48, 0, 0, 0, 0xF7, 0xA3, 4, 0x8B, 0xC9, 0xFF, 0xF0, 0]
          + [UInt8](repeating: 0xFF, count: 8))
    }
    return file + file
  }()

  private static let inputs = [
    "capture": capture, "classic": classic, "listing": listing, "report": report, "log": log,
    "trace": trace,
  ]

  @Test(arguments: ["capture", "classic", "listing", "report", "log", "trace"])
  func noCommandIsBroughtDown(_ name: String) throws {
    let scratch = try ScratchFolder()
    try RunCommand.write(try #require(Self.inputs[name]), to: scratch("input"))
    let script = """
      for command in info 'info --json' flows 'flows --json' print 'print --json' 'print --style stream' \
        http 'http --har -' 'http --json' exchanges 'exchanges --json' summary attls 'attls --handshake' \
        'attls --events' 'convert -o -' 'convert -o - --style pdu' 'convert -o - --sort' \
        'export records' 'export flows' 'export exchanges' 'flows --since 1700-01-01 --until 2199-12-31'
      do
        timeout 60 "$zcap" $command --date 2200-01-01 "$1" > /dev/null 2> "$2/errors"
        status=$?
        [ $status -le 3 ] || [ $status = 64 ] || { cat "$2/errors"; echo "$command: $status"; exit 99; }
        ! grep -q "Fatal error" "$2/errors" || { cat "$2/errors"; echo "$command"; exit 98; }
      done
      """
    let result = try RunCommand.shell(script, [scratch("input"), scratch.path])
    #expect(result.status == 0, "\(result.text.suffix(600))")
    // It was read as what it is.
    let info = try RunCommand.run(RunCommand.zcap, ["info", scratch("input")])
    #expect(info.status == 0, "\(info.errors)")
    #expect(!info.text.contains("records    0\n"))
  }
}
