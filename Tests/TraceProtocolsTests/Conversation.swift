internal import TraceModel
import TraceProtocols

/// One step of a conversation; the client's stream is the lower one.
indirect enum Step: Sendable {
  case c([UInt8])
  case s([UInt8])
  case gap(FlowSide, UInt64?)
  case end(FlowSide)
  /// A step seen at another time than its place says.
  case at(Int64, Step)

  static func c(_ text: String) -> Step { .c(Array(text.utf8)) }
  static func s(_ text: String) -> Step { .s(Array(text.utf8)) }

  var direction: FlowSide {
    switch self {
    case .c: .lower
    case .s: .upper
    case .gap(let direction, _), .end(let direction): direction
    case .at(_, let step): step.direction
    }
  }

  var bytes: [UInt8] {
    switch self {
    case .c(let bytes), .s(let bytes): bytes
    case .at(_, let step): step.bytes
    default: []
    }
  }
}

/// How the bytes of the steps are cut into pieces.
enum Cut: Sendable, Equatable {
  case whole
  case bytewise
  /// Pieces of this size.
  case pieces(Int)
  /// All steps whole, but for a cut before byte `at` of step `step`.
  case split(step: Int, at: Int)
}

/// Runs the steps through a connection; step number times ten is the time. Where they are cut, another connection
/// goes on whenever nothing is under way.
@discardableResult
func run(
  _ steps: [Step], _ cut: Cut = .whole, limits: HTTPLimits = HTTPLimits(), into sink: Recorder
)
  -> [String]
{
  var connection = HTTPConnection(limits: limits, sink: sink)
  let rests = cut != .whole && limits == HTTPLimits()
  for (number, step) in steps.enumerated() {
    var time = Int64(number * 10)
    if case .at(let other, _) = step { time = other }
    switch step {
    case .gap(let direction, let count):
      connection.gap(direction, byteCount: count, reason: 7)
    case .end(let direction): connection.end(direction, time: time)
    case .c, .s, .at:
      let bytes = step.bytes
      var sizes: [Int] = []
      switch cut {
      case .whole: sizes = [bytes.count]
      case .bytewise: sizes = Array(repeating: 1, count: bytes.count)
      case .pieces(let size):
        sizes = (0..<(bytes.count + size - 1) / size).map { min(size, bytes.count - $0 * size) }
      case .split(let wanted, let at):
        sizes = wanted == number ? [at, bytes.count - at] : [bytes.count]
      }
      var from = 0
      for size in sizes {
        let piece = unsafe bytes.span.bytes.extracting(from..<from + size)
        connection.data(step.direction, piece, time: time)
        from += size
        if rests, let rest = connection.rest { connection = HTTPConnection(rest, sink: sink) }
      }
    }
  }
  connection.finish()
  return sink.finished()
}

/// The events of the steps fed whole.
func events(_ steps: [Step], limits: HTTPLimits = HTTPLimits()) -> [String] {
  run(steps, limits: limits, into: Recorder())
}

/// All ways to feed the steps other than whole: byte by byte, in small pieces, and with one cut
/// at each position.
func cuts(of steps: [Step]) -> [Cut] {
  var all: [Cut] = [.bytewise, .pieces(2), .pieces(3), .pieces(7)]
  for (number, step) in steps.enumerated() where step.bytes.count > 1 {
    for at in 1..<step.bytes.count { all.append(.split(step: number, at: at)) }
  }
  return all
}
