import ATTLS
import Testing

@Suite struct RecordStreamTests {
  func events(_ lines: [String]) -> [ATTLSRecordEvent] {
    var stream = ATTLSRecordStream()
    var found: [ATTLSRecordEvent] = []
    let log = lines.map { "EZD1285I TTLS Data  CONNID: 00000014 \($0)\n" }.joined()
    for message in messages(in: log) { stream.add(message) { found.append($0) } }
    stream.finish { found.append($0) }
    return found
  }

  @Test func headerAndBodyBecomeOneRecord() {
    let found = events(["RECV CIPHER 1603010004", "RECV CIPHER 0E000000"])
    #expect(found.map(\.content) == [.bytes([0x16, 3, 1, 0, 4, 0x0E, 0, 0, 0])])
    #expect(found.first?.isReceived == true)
    #expect(found.first?.connectionID == 0x14)
    #expect(found.first?.line == 1)
  }

  @Test func sentRecordsComeWhole() {
    let found = events(["SEND CIPHER 1503020002020A", "SEND CIPHER15030200020100"])
    #expect(
      found.map(\.content) == [
        .bytes([0x15, 3, 2, 0, 2, 2, 0x0A]), .bytes([0x15, 3, 2, 0, 2, 1, 0]),
      ])
  }

  @Test func severalRecordsInOneLine() {
    let found = events(["SEND CIPHER 1403030001011503030002012A"])
    #expect(found.count == 2)
  }

  /// Application data has its header only; what is missing is a gap, never zeros.
  @Test func missingBodiesAreGaps() {
    let found = events([
      "RECV CIPHER 1703030100", "RECV CIPHER 1703030020", "SEND CIPHER 1703030005",
      "RECV CIPHER 1503030002", "RECV CIPHER 0100",
    ])
    #expect(
      found.filter(\.isReceived).map(\.content) == [
        .bytes([0x17, 3, 3, 1, 0]), .gap(256), .bytes([0x17, 3, 3, 0, 0x20]), .gap(32),
        .bytes([0x15, 3, 3, 0, 2, 1, 0]),
      ])
    #expect(
      found.filter { !$0.isReceived }.map(\.content) == [.bytes([0x17, 3, 3, 0, 5]), .gap(5)])
  }

  @Test func cutRecords() {
    let found = events(["SEND CIPHER 16030309BC0200005", "SEND CIPHER 1503030002010A"])
    #expect(
      found.map(\.content) == [
        .bytes([0x16, 3, 3, 9, 0xBC, 2, 0, 0]), .gap(0x9BC - 3),
        .bytes([0x15, 3, 3, 0, 2, 1, 0x0A]),
      ])
  }

  @Test func bytesThatAreNoRecord() {
    let found = events(["RECV CIPHER 474554202F", "RECV CIPHER 1503030002", "RECV CIPHER 0228"])
    #expect(
      found.map(\.content) == [
        .unframed([0x47, 0x45, 0x54, 0x20, 0x2F]), .bytes([0x15, 3, 3, 0, 2, 2, 0x28]),
      ])
  }

  @Test func aNewConnectionBeginsANewStream() {
    var stream = ATTLSRecordStream()
    var found: [ATTLSRecordEvent] = []
    let log = """
      EZD1285I TTLS Data  CONNID: 00000014 RECV CIPHER 1603010004
      EZD1281I TTLS Map   CONNID: 00000014 RULE: R
      EZD1285I TTLS Data  CONNID: 00000014 RECV CIPHER 0E000000
      """
    for message in messages(in: log) { stream.add(message) { found.append($0) } }
    #expect(
      found.map(\.content) == [.bytes([0x16, 3, 1, 0, 4]), .gap(4), .unframed([0x0E, 0, 0, 0])])
  }

  /// The log's records and gaps add up to the lengths that the headers give.
  @Test func nothingIsLostFromTheTrace() throws {
    var stream = ATTLSRecordStream()
    var hex = 0
    var bytes = 0
    var headers = 0
    for message in messages(in: try fixture("trace255.log")) {
      hex += message.data?.bytes.count ?? 0
      stream.add(message) { event in
        if case .bytes(let found) = event.content {
          bytes += found.count
          headers += 1
        }
      }
    }
    stream.finish { event in
      if case .bytes(let found) = event.content { bytes += found.count }
    }
    #expect(bytes == hex)
    #expect(headers > 20)
  }
}
