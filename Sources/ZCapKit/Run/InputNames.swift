/// Which input a record comes from, by its number over the run.
package final class InputNames {
  /// Shown instead of the name of the input.
  private let other: String?
  private var inputs: [(before: UInt64, name: String)] = []

  /// - Parameter name: stands for the only input, whatever it is called on this machine.
  package init(name: String? = nil) { other = name }

  /// An input begins behind as many records.
  func begin(_ name: String, recordsBefore: UInt64) {
    inputs.append((recordsBefore, other ?? name))
  }

  /// The name of the input that has a record.
  package func name(of record: UInt64) -> String {
    if let last = inputs.last, record > last.before { return last.name }
    var low = 0
    var high = inputs.count
    while low < high {
      let middle = (low + high) / 2
      if inputs[middle].before < record { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? inputs[low - 1].name : inputs.first?.name ?? other ?? ""
  }

  /// The last parts of some paths, for a sentence.
  static func lastParts(of paths: [String]) -> String {
    paths.map { String($0.split(separator: "/").last ?? "-") }.joined(separator: ", ")
  }
}
