import Testing
import TraceBytes

@testable import TraceFormats

/// Descriptor words as z/OS writes them, and fields that read and write themselves.
@Suite("Descriptor words and fields") struct DescriptorWordTests {
  private static func record(_ bytes: [UInt8]) -> DescriptorWord? {
    unsafe DescriptorWord(record: bytes.span.bytes, at: 0)
  }

  private static func block(_ bytes: [UInt8]) -> DescriptorWord? {
    unsafe DescriptorWord(block: bytes.span.bytes, at: 0)
  }

  @Test(
    arguments: [
      ([0, 84, 0, 0], 80, false, true), ([0, 84, 1, 0], 80, true, true),
      ([0, 84, 3, 0], 80, true, false), ([0, 84, 2, 0], 80, false, false),
      ([0xFF, 0xFF, 0, 0], 65_531, false, true), ([0, 4, 0, 0], 0, false, true),
    ] as [([UInt8], Int, Bool, Bool)])
  func records(_ word: [UInt8], _ content: Int, _ continues: Bool, _ begins: Bool) throws {
    let read = try #require(Self.record(word))
    #expect(read.content == content && read.continues == continues && read.begins == begins)
    #expect(read.bytes == word)
  }

  @Test(arguments: [[0, 3, 0, 0], [0, 84, 4, 0], [0, 84, 0, 1], [0, 84, 0]] as [[UInt8]])
  func noRecords(_ word: [UInt8]) { #expect(Self.record(word) == nil) }

  @Test func blocks() {
    #expect(Self.block([0x6D, 0x60, 0, 0])?.content == 27_996)
    // From 64 KiB on the first bit marks a length of 31 bits.
    #expect(Self.block([0x80, 0x01, 0x00, 0x00])?.content == 65_532)
    #expect(DescriptorWord(content: 65_532).bytes == [0x80, 0x01, 0x00, 0x00])
    for word: [UInt8] in [[0, 7, 0, 0], [0, 84, 0, 1], [0xC0, 0, 0, 0], [0x80, 0, 0, 7]] {
      #expect(Self.block(word) == nil)
    }
  }

  /// RFC 959 section 3.4.2: 128 the block ends a record, 64 the file, 32 errors are suspected, 16 the block is a
  /// restart marker of printable characters.
  @Test(
    arguments: [
      ([128, 0x12, 0x34], 0x1234, true, false), ([0, 0, 7], 7, true, true),
      ([64, 0, 0], 0, true, true), ([160, 0, 1], 1, true, false),
      ([16, 0, 2, 0x31, 0x32], 2, false, true),
    ] as [([UInt8], Int, Bool, Bool)])
  func blocksOfFTP(_ bytes: [UInt8], _ count: Int, _ isData: Bool, _ continues: Bool) throws {
    let read = try #require(unsafe FTPBlock(bytes.span.bytes, at: 0))
    #expect(read.count == count && read.isData == isData && read.continues == continues)
    #expect(read.bytes == Array(bytes.prefix(3)))
  }

  @Test(
    arguments: [[1, 0, 7], [144, 0, 0], [16, 0, 1, 7], [16, 0, 65], [128, 0]] as [[UInt8]])
  func noBlocksOfFTP(_ bytes: [UInt8]) {
    #expect(unsafe FTPBlock(bytes.span.bytes, at: 0) == nil)
  }

  @Test func endsOfFTP() {
    #expect(FTPBlock(record: 0x1234).bytes == [0x80, 0x12, 0x34])
    #expect(FTPBlock.end.bytes == [0x40, 0, 0])
  }

  @Test func fieldsReadWhatTheyWrite() {
    let (short, middle, long) = (
      Field<UInt16>("a", 1), Field<UInt24>("b", 3), Field<UInt64>("c", 6)
    )
    var bytes = [UInt8](repeating: 0xEE, count: 16)
    bytes.set(short, at: 1, 0x0102)
    bytes.set(middle, at: 1, 0xFF03_0405)
    bytes.set(long, at: 1, 0x0607_0809_0A0B_0C0D)
    #expect(bytes == [0xEE, 0xEE, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0xEE])
    let span = unsafe bytes.span.bytes
    #expect(span[short, at: 1] == 0x0102 && span[middle, at: 1] == 0x0003_0405)
    #expect(span[long, at: 1] == 0x0607_0809_0A0B_0C0D)
    #expect(span[short, at: 1, bigEndian: false] == 0x0201)
    #expect(short.size == 2 && middle.size == 3 && middle.end == 6 && long.end == 14)
  }
}
