import Testing
import TestSupport
import TraceBytes

@Suite struct TODTests {
  @Test(arguments: [
    (0xB361_183F_4800_0000 as UInt64, "2000-01-01 00:00:00.000000"),
    (0xB72E_372B_BDA0_3000, "2002-02-12 23:39:11.873539"),
    (0xC45F_FFFE_509E_0000, "2009-06-22 13:18:52.705248"),
    (0xDEB2_FB33_7B00_0000, "2024-02-24 12:00:00.000000"),
    (0xF7A3_048B_C9FF_F000, "2038-01-19 03:14:07.999999"),
    (0x7D91_048B_CA00_0000, "1970-01-01 00:00:00.000000"),
    (0, "1900-01-01 00:00:00.000000"),
  ])
  func clockIsTime(clock: UInt64, text: String) {
    #expect(CivilDate.text(nanoseconds: TOD.nanoseconds(clock)) == text)
  }

  @Test func everyNanosecondComesBack() {
    for nanoseconds in [0, 1, 124, 125, 999, 1_767_600_000_123_456_789, -1, -125, -86_400]
      as [Int64]
    {
      #expect(TOD.nanoseconds(TOD.clock(nanoseconds: nanoseconds)) == nanoseconds)
    }
  }

  @Test func theWholeClockIsTaken() {
    for clock in [UInt64.max, UInt64.max / 2, 1, TOD.unixEpoch - 1, TOD.unixEpoch + 1] {
      _ = CivilDate.text(nanoseconds: TOD.nanoseconds(clock))
    }
    #expect(CivilDate.text(nanoseconds: .min) == "1677-09-21 00:12:43.145224")
    #expect(CivilDate.text(nanoseconds: .max) == "2262-04-11 23:47:16.854775")
  }
}

@Suite struct CivilDateTests {
  @Test(arguments: [
    ("1970-01-01", 0 as Int64?), ("2000-02-29", 11_016), ("2026-11-23", 20_780),
    ("1969-12-31", -1), ("2001-02-29", nil), ("2026-13-01", nil), ("9999-01-01", nil),
    ("2026-1", nil), ("", nil), ("2026-01-00", nil),
  ])
  func daysOfADate(text: String, days: Int64?) { #expect(CivilDate.days(text) == days) }
}

@Suite struct CodePageTests {
  @Test(arguments: [CodePage.ibm1047, .ibm037])
  func eachCharacterHasOneByte(page: CodePage) {
    #expect(Set(page.scalars).count == 256)
    #expect(page.text([0xC1, 0x81, 0xF0, 0x40, 0x15, 0x25]) == "Aa0 \u{85}\n")
  }

  /// Brackets are where the two pages differ.
  @Test func bracketsDiffer() {
    #expect(CodePage.ibm1047.bytes("[]^") == [0xAD, 0xBD, 0x5F])
    #expect(CodePage.ibm037.bytes("[]^") == [0xBA, 0xBB, 0xB0])
    #expect(CodePage.ibm1047.bytes("€") == nil)
  }
}

@Suite struct ByteBufferTests {
  /// What is taken is what was put in, whatever the sizes.
  @Test func aQueueOfBytes() {
    let buffer = ByteBuffer(capacity: 16)
    var model: [UInt8] = []
    var next: UInt8 = 0
    var random: UInt64 = 1
    for _ in 0..<2_000 {
      random = random &* 6_364_136_223_846_793_005 &+ 1
      if random >> 63 == 0 {
        let part = (0..<Int(random >> 40) % 50).map { UInt8(truncatingIfNeeded: $0) &+ next }
        next = next &+ 7
        unsafe buffer.append(part.span.bytes)
        model += part
      } else {
        let count = Int(random >> 40) % (model.count + 1)
        buffer.removeFirst(count)
        model.removeFirst(count)
      }
      #expect(buffer.withBytes { $0.copied() } == model)
    }
  }
}

@Suite struct ByteSinkTests {
  /// Small and large appends, through the writer's thread and without it.
  @Test(arguments: [false, true])
  func bytesArriveInOrder(inBackground: Bool) throws {
    let target = MemoryTarget()
    let sink = ByteSink(inBackground ? BackgroundWriter(target) : target)
    var expected: [UInt8] = []
    for size in [0, 1, 3, 1_000, 70_000, 300_000, 5, 900_000, 2] {
      let part = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 13) }
      try unsafe sink.append(part.span.bytes, part.span.bytes, RawSpan(), part.span.bytes)
      try sink.append(part)
      try sink.be32(0x0102_0304)
      expected += part + part + part + part + [1, 2, 3, 4]
    }
    try sink.commit()
    #expect(target.bytes == expected)
    #expect(target.isCommitted)
    #expect(sink.total == UInt64(expected.count))
  }

  private final class Full: ByteTarget {
    func write(_ bytes: RawSpan) throws(TraceError) {
      throw TraceError("disk", .io(operation: "cannot write", errno: 28))
    }
    func commit() throws(TraceError) {}
  }

  @Test func anErrorOfTheThreadIsThrown() {
    let sink = ByteSink(BackgroundWriter(Full()))
    #expect(throws: TraceError.self) {
      try sink.fill(0, 5_000_000)
      try sink.commit()
    }
  }

  @Test(arguments: [(0 as UInt64, "0"), (9, "9"), (10, "10"), (.max, "18446744073709551615")])
  func decimals(value: UInt64, text: String) throws {
    let target = MemoryTarget()
    let sink = ByteSink(target)
    try sink.decimal(value)
    try sink.commit()
    #expect(target.bytes == Array(text.utf8))
  }
}
