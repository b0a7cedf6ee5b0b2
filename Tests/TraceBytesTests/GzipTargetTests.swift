import TestSupport
import Testing
import TraceBytes

/// Blocks compressed on several threads are one gzip file.
@Suite struct GzipTargetTests {
  /// The bytes of a block.
  private static let block = 256 << 10

  /// Text that repeats itself, with noise in between, so that blocks differ in how they compress.
  private static func sample(_ count: Int) -> [UInt8] {
    var random: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<count).map { at in
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let isNoise = at >> 16 & 1 == 1
      return isNoise ? UInt8(truncatingIfNeeded: random >> 56) : UInt8(0x20 + at * at % 61)
    }
  }

  /// Writes in pieces of so many bytes.
  private static func gzip(_ bytes: [UInt8], pieces: Int) throws -> [UInt8] {
    let memory = MemoryTarget()
    let target = GzipTarget(memory)
    var at = 0
    while at < bytes.count {
      let end = min(bytes.count, at + pieces)
      try unsafe target.write(bytes.span.bytes.extracting(at..<end))
      at = end
    }
    try target.commit()
    #expect(memory.isCommitted)
    return memory.bytes
  }

  private static func gunzip(_ file: [UInt8]) -> [UInt8]? {
    let inflater = Inflater(.gzip)
    var found: [UInt8] = []
    var at = 0
    while true {
      var status = Inflater.Status.damaged
      unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 20, alignment: 1) { room in
        let step = unsafe inflater.expand(file.span.bytes.extracting(at..<file.count), into: room)
        unsafe found.append(contentsOf: room[0..<step.given])
        at += step.taken
        status = step.status
      }
      if status == .ended { return at == file.count ? found : nil }
      if status != .running { return nil }
    }
  }

  @Test(arguments: [
    0, 1, 100, block - 1, block, block + 1, 2 * block, 3 * block + 17, 9 * block, 11 * block + 5,
  ])
  func whatGoesInComesOut(count: Int) throws {
    let bytes = Self.sample(count)
    let file = try Self.gzip(bytes, pieces: 100_000)
    #expect(Self.gunzip(file) == bytes)
    // However it is written, and on however many threads, it is the same file.
    for pieces in [997, Self.block, 3 * Self.block + 1] {
      #expect(try Self.gzip(bytes, pieces: pieces) == file)
    }
  }

  @Test func theCommandReadsIt() throws {
    let folder = try ScratchFolder()
    let bytes = Self.sample(5 * Self.block + 321)
    try RunCommand.write(try Self.gzip(bytes, pieces: 65_536), to: folder("out.gz"))
    let source = try ByteSource(path: folder("out.gz"))
    while try source.fill() {}
    #expect(source.withWindow { $0.copied() } == bytes)
    let expanded = try RunCommand.shell("gzip -dc <$1", [folder("out.gz")])
    #expect(expanded.status == 0)
    #expect(expanded.output == bytes)
  }

  /// What repeats over the end of a block is found there.
  @Test func blocksKnowWhatIsBeforeThem() throws {
    var random: UInt64 = 7
    let noise = (0..<20_000).map { _ in
      random = random &* 6_364_136_223_846_793_005 &+ 1
      return UInt8(truncatingIfNeeded: random >> 56)
    }
    let bytes = (0..<Self.block / 10_000).flatMap { _ in noise }
    let file = try Self.gzip(bytes, pieces: 65_536)
    #expect(Self.gunzip(file) == bytes)
    #expect(file.count < 30_000)
  }

  /// Fails from a write on.
  private final class Failing: ByteTarget {
    private var left: Int
    var isCommitted = false

    init(after writes: Int) { left = writes }

    func write(_ bytes: RawSpan) throws(TraceError) {
      guard left > 0 else {
        throw TraceError("disk", .io(operation: "cannot write", errno: 28))
      }
      left -= 1
    }

    func commit() throws(TraceError) { isCommitted = true }
  }

  @Test(arguments: [0, 1, 2, 5], [0, 3, 12])
  func aFullDiskIsSaid(writes: Int, blocks: Int) {
    let disk = Failing(after: writes)
    #expect(throws: TraceError.self) {
      let target = GzipTarget(disk)
      try unsafe target.write(Self.sample(blocks * Self.block + 10).span.bytes)
      try target.commit()
      // Ten blocks and more are more writes than any of these takes.
      if blocks <= writes { throw TraceError("disk", .failed("enough room")) }
    }
    #expect(!disk.isCommitted || blocks <= writes)
  }

  /// A run that ends early leaves blocks under way behind.
  @Test(arguments: [0, 1, 2, 7]) func notCommitted(blocks: Int) throws {
    let memory = MemoryTarget()
    try unsafe GzipTarget(memory).write(Self.sample(blocks * Self.block + 99).span.bytes)
    #expect(!memory.isCommitted)
  }

  /// The thread that writes and those that compress.
  @Test func inTheBackground() throws {
    let bytes = Self.sample(6 * Self.block + 1234)
    let memory = MemoryTarget()
    let sink = ByteSink(BackgroundWriter(GzipTarget(memory)))
    for start in stride(from: 0, to: bytes.count, by: 10_007) {
      try sink.append(Array(bytes[start..<min(bytes.count, start + 10_007)]))
    }
    try sink.commit()
    #expect(memory.bytes == (try Self.gzip(bytes, pieces: 65_536)))
  }
}
