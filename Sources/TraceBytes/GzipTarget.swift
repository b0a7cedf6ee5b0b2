private import CZlib

/// Compresses what is written with gzip on its way to another target, on all cores there are.
///
/// The bytes are cut into blocks of one size. Each is compressed by itself, with the end of the block before
/// it as its dictionary, and ends at a byte's end; together they are one gzip member (RFC 1952), as pigz
/// makes it. So the output depends on nothing but the bytes: not on the cores, nor on how they were written.
/// Memory is bounded by the blocks under way.
public final class GzipTarget: ByteTarget {
  private let target: any ByteTarget
  private var crew: GzipCrew?
  /// For outputs of less than a block.
  private let first = GzipBlock()
  private var filling: GzipBlock
  private var checksum: UInt = 0
  private var total: UInt64 = 0
  private var hasBegun = false

  /// - Parameter target: gets the compressed bytes.
  public init(_ target: any ByteTarget) {
    self.target = target
    filling = first
  }

  public func write(_ bytes: RawSpan) throws(TraceError) {
    var done = 0
    while done < bytes.byteCount {
      done += filling.take(bytes.extracting(done..<bytes.byteCount))
      if filling.isFull { try handOver() }
    }
  }

  public func commit() throws(TraceError) {
    let compressor = GzipCompressor()
    compressor.compress(filling, isLast: true)
    while let block = crew?.oldest() { try finish(block) }
    crew = nil
    try finish(filling)
    var end: [UInt8] = []
    for number in [UInt32(truncatingIfNeeded: checksum), UInt32(truncatingIfNeeded: total)] {
      for shift: UInt32 in [0, 8, 16, 24] { end.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    try target.write(unsafe end.span.bytes)
    try target.commit()
  }

  /// Has the full block compressed, and goes on with another one.
  private func handOver() throws(TraceError) {
    if crew == nil { crew = try GzipCrew(first) }
    guard let crew else { return }
    let full = filling
    crew.add()
    while crew.isFull, let block = crew.oldest() { try finish(block) }
    filling = crew.free()
    filling.begin(after: full)
  }

  private func finish(_ block: GzipBlock) throws(TraceError) {
    if let status = block.status {
      throw TraceError("gzip", .failed("zlib ended with status \(status)"))
    }
    if !hasBegun {
      hasBegun = true
      // Neither a time nor a name: the same input gives the same bytes. 3 is Unix.
      let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
      try target.write(unsafe header.span.bytes)
    }
    try block.withOutput { (bytes) throws(TraceError) in try target.write(bytes) }
    checksum = crc32_combine(checksum, block.checksum, block.used)
    total += UInt64(block.used)
  }
}
