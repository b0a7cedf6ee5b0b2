import CFuzzer
import FuzzTargets

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

// fuzz list                       the names of the targets
// fuzz TARGET [libFuzzer options] [corpus folder…] [files…]
// fuzz mutate COUNT               every capture, COUNT mutations of each kind
// fuzz damaged KIND NUMBER FILE   writes one of them

let words = CommandLine.arguments
switch words.dropFirst().first {
case "list":
  for target in FuzzTarget.allCases { print(target.rawValue) }
case "mutate":
  let count = words.count > 2 ? Int(words[2]) ?? 10_000 : 10_000
  let report = try Mutation.run(folder: "captures", count: count)
  for line in report.findings + report.lines { print(line) }
  exit(report.findings.isEmpty ? 0 : 1)
case "damaged" where words.count == 5:
  let kind = Mutation(rawValue: words[2]) ?? .bitFlips
  print(try kind.write(Int(words[3]) ?? 0, folder: "captures", to: words[4]))
case .some(let name):
  guard let chosen = FuzzTarget(rawValue: name) else { fallthrough }
  unsafe Fuzzing.target = chosen
  // The fuzzer would take the name of the target for a corpus.
  var count = CommandLine.argc - 1
  var arguments = unsafe Optional(CommandLine.unsafeArgv + 1)
  exit(unsafe LLVMFuzzerRunDriver(&count, &arguments, fuzzOneInput))
default:
  print("usage: fuzz list | fuzz mutate COUNT | fuzz TARGET [options] [corpus]")
  exit(64)
}

/// What the fuzzer's callback, which has no context, needs to know.
enum Fuzzing {
  nonisolated(unsafe) static var target = FuzzTarget.input
  nonisolated(unsafe) static let rendering = Rendering()
}

private func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  let bytes = unsafe [UInt8](UnsafeBufferPointer(start: data, count: size))
  do {
    try unsafe Fuzzing.target.run(bytes, Fuzzing.rendering)
  } catch {
    fatalError("\(error)")
  }
  return 0
}
