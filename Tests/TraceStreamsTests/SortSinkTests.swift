import TestSupport
import Testing
import TraceBytes
import TraceModel
import TraceStreams

@Suite struct SortSinkTests {
  /// Times that go back again and again, as in a wrapped data set; every fourth is shared.
  private func records(_ count: Int) -> [CollectingSink.Kept] {
    (0..<count).map { index in
      var record = TraceRecord()
      record.number = UInt64(index + 1)
      record.time = Int64(index * 7919 % count / 4)
      let payload = (0..<index % 90).map { UInt8(truncatingIfNeeded: index &+ $0) }
      return CollectingSink.Kept(record: record, payload: payload)
    }
  }

  /// In memory, and over runs in the temporary file.
  @Test(arguments: [1 << 20, 20_000, 1_000])
  func timeOrderWithEqualTimesAsTheyCame(memoryLimit: Int) throws {
    let made = records(1_000)
    let collected = CollectingSink()
    let sorter = SortSink(to: collected, folder: "/tmp", memoryLimit: memoryLimit)
    for one in made { try unsafe sorter.record(one.record, one.payload.span.bytes) }
    try sorter.finish()
    let expected = made.sorted {
      ($0.record.time, $0.record.number) < ($1.record.time, $1.record.number)
    }
    #expect(collected.records.map(\.record.number) == expected.map(\.record.number))
    #expect(collected.records.map(\.payload) == expected.map(\.payload))
  }

  @Test func aFolderThatIsNotThereIsAnError() throws {
    let sorter = SortSink(to: CollectingSink(), folder: "/nowhere", memoryLimit: 1)
    #expect(throws: TraceError.self) { try sorter.record(TraceRecord(), RawSpan()) }
  }
}
