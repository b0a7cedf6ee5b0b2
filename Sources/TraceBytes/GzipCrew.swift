#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Threads that compress the blocks of a gzip file, which go round in a ring.
///
/// One thread fills blocks and takes them back in the order in which it filled them; the others compress
/// whichever is next.
@safe
final class GzipCrew {
  private struct State {
    /// Blocks that were filled, taken for compression, and taken back.
    var filled = 0
    var taken = 0
    var given = 0
    var isCompressed: [Bool]
    var isEnding = false
  }

  private let blocks: [GzipBlock]
  private let monitor: Monitor<State>
  private var threads: [pthread_t] = []

  /// - Parameter first: the block that is being filled already.
  init(_ first: GzipBlock) throws(TraceError) {
    let count = min(4, max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
    // One is filled while the others are compressed, and one is ready when a thread is.
    blocks = [first] + (0...count).map { _ in GzipBlock() }
    monitor = Monitor(State(isCompressed: blocks.map { _ in false }))
    for _ in 0..<count {
      var created = pthread_t()
      let unretained = unsafe Unmanaged.passUnretained(self).toOpaque()
      let status = unsafe pthread_create(&created, nil, gzipCrewMain, unretained)
      guard status == 0 else {
        // Fewer threads do the work.
        if !threads.isEmpty { break }
        throw TraceError("output", .io(operation: "cannot start a thread", errno: status))
      }
      threads.append(created)
    }
  }

  deinit {
    monitor.change {
      $0.isEnding = true
    }
    for thread in threads { pthread_join(thread, nil) }
  }

  /// The block that was being filled is full.
  func add() {
    monitor.change {
      $0.filled += 1
    }
  }

  /// Whether every block is full.
  var isFull: Bool {
    monitor.change {
      $0.filled - $0.given == $0.isCompressed.count
    }
  }

  /// The block to fill next.
  func free() -> GzipBlock {
    let place = monitor.change {
      $0.filled % $0.isCompressed.count
    }
    return blocks[place]
  }

  /// The oldest of the full blocks, when it is compressed; nil when there is none. It may be filled again.
  func oldest() -> GzipBlock? {
    let place: Int? = monitor.when {
      $0.filled == $0.given || $0.isCompressed[$0.given % $0.isCompressed.count]
    } then: { state in
      guard state.filled > state.given else { return nil }
      let place = state.given % state.isCompressed.count
      state.isCompressed[place] = false
      state.given += 1
      return place
    }
    return place.map { blocks[$0] }
  }

  fileprivate func run() {
    let compressor = GzipCompressor()
    while let place = next() {
      compressor.compress(blocks[place], isLast: false)
      monitor.change {
        $0.isCompressed[place] = true
      }
    }
  }

  /// The next block to compress, waiting for it; nil at the end.
  private func next() -> Int? {
    monitor.when {
      $0.taken < $0.filled || $0.isEnding
    } then: { state in
      guard !state.isEnding else { return nil }
      state.taken += 1
      return (state.taken - 1) % state.isCompressed.count
    }
  }
}

#if canImport(Darwin)
  private func gzipCrewMain(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    unsafe Unmanaged<GzipCrew>.fromOpaque(argument).takeUnretainedValue().run()
    return nil
  }
#else
  private func gzipCrewMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    unsafe Unmanaged<GzipCrew>.fromOpaque(argument).takeUnretainedValue().run()
    return nil
  }
#endif
