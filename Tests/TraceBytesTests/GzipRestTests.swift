import Testing
import TestSupport
import TraceBytes

/// What stands behind the last member of a gzip file is not dropped.
@Suite struct GzipRestTests {
  private static func read(_ file: [UInt8]) throws -> [UInt8] {
    let folder = try ScratchFolder()
    try RunCommand.write(file, to: folder("in.gz"))
    let source = try ByteSource(path: folder("in.gz"))
    while try source.fill() {}
    return source.withWindow { $0.copied() }
  }

  private static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let folder = try ScratchFolder()
    try RunCommand.write(bytes, to: folder("in"))
    return try RunCommand.shell("gzip -c <$1", [folder("in")]).output
  }

  @Test(arguments: [1, 2, 3, 100, 600_000])
  func bytesBehindAMember(count: Int) throws {
    let text = Array("the trace".utf8)
    let rest = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 0x41) }
    let file = try Self.gzip(text) + rest
    #expect(try Self.read(file) == text + rest)
  }

  /// Entries of less than 256 bytes begin with a zero.
  @Test func zerosInFrontOfTheRestAreKept() throws {
    let text = Array("the trace".utf8)
    let rest: [UInt8] = [0, 0, 0, 0x81, 1, 2, 3]
    #expect(try Self.read(try Self.gzip(text) + rest) == text + rest)
  }

  @Test(arguments: [1, 2, 511, 300_000])
  func zerosUpToTheEndArePadding(count: Int) throws {
    let text = Array("the trace".utf8)
    let file = try Self.gzip(text) + Array(repeating: 0, count: count)
    #expect(try Self.read(file) == text)
  }

  @Test func membersGoOn() throws {
    let one = Array("one".utf8)
    let other = Array("other".utf8)
    #expect(try Self.read(try Self.gzip(one) + Self.gzip(other)) == one + other)
  }

  @Test func aCutMemberIsAnError() throws {
    let file = try Self.gzip((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* $0) })
    #expect(throws: TraceError.self) { try Self.read(Array(file.dropLast(5))) }
    #expect(throws: TraceError.self) { try Self.read(Array(file.prefix(40))) }
  }
}
