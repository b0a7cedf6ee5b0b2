import ATTLSPolicy
import ArgumentParser
import TraceBytes
import TraceConvert
import TraceFormats
import TraceRender
import TraceTables
import ZCapKit

/// A value that is one word of the command line.
protocol WordArgument: ExpressibleByArgument { init?(_ text: String) }

extension WordArgument { public init?(argument: String) { self.init(argument) } }

extension ByteRange: WordArgument {}
extension ByteSize: WordArgument {}
extension PortMap: WordArgument {}
extension Shard: WordArgument {}
extension TableLabel: WordArgument {}
extension TimeSpan: WordArgument {}

extension ProtocolNames: WordArgument {
  package static var allValueStrings: [String] { all }
  package static var defaultCompletionKind: CompletionKind { .list(all) }
}

extension Zone: WordArgument { public var defaultValueDescription: String { name } }

extension CodePage: ExpressibleByArgument {
  public init?(argument: String) {
    guard let page = CodePage.named(argument) else { return nil }
    self = page
  }

  public var defaultValueDescription: String { name }
}

extension KeywordExperience: WordArgument {
  public init?(argument: String) { self.init(argument) }
  public static var allValueStrings: [String] { allCases.map(\.name) }
  public var defaultValueDescription: String { name }
}

extension Container: ExpressibleByArgument {}
extension ConvertOptions.Comments: ExpressibleByArgument {}
extension ConvertOptions.Framing: ExpressibleByArgument {}
extension ConvertOptions.Style: ExpressibleByArgument {}
extension ExchangeOrder.Order: ExpressibleByArgument {}
extension ExportTable: ExpressibleByArgument {}
extension FlowGroup.Order: ExpressibleByArgument {}
extension FlowGrouping: ExpressibleByArgument {}
extension FlowRow.Order: ExpressibleByArgument {}
extension PayloadForm: ExpressibleByArgument {}
extension PolicyTemplate.Role: ExpressibleByArgument {}
extension Printing.Style: ExpressibleByArgument {}
extension TableFormat: ExpressibleByArgument {}
extension TablePayload: ExpressibleByArgument {}
extension TraceGenerator.Kind: ExpressibleByArgument {}
extension TraceGenerator.Payload: ExpressibleByArgument {}
extension TraceGenerator.Sizes: ExpressibleByArgument {}

/// Refuses a command line.
func refuse(_ isWrong: Bool, _ sentence: @autoclosure () -> String) throws {
  if isWrong { throw ValidationError(sentence()) }
}

/// Refuses a command line in which something was found wrong.
func refuse(_ mistake: String?) throws { try refuse(mistake != nil, mistake ?? "") }

/// What is read of words of the command line; what is wrong with them is told as the parser tells it.
func understood<Value, Mistake: Error>(_ read: () throws(Mistake) -> Value) throws -> Value {
  do throws(Mistake) { return try read() } catch { throw ValidationError("\(error)") }
}

/// Refuses a number that is too small.
func refuse(_ number: Int?, below least: Int, _ option: String) throws {
  guard let number, number < least else { return }
  throw ValidationError("\(option) \(number): \(least == 0 ? "0 or more" : "at least \(least)").")
}

/// Refuses a number that is too small or too large.
func refuse(
  _ number: Int?, outside range: ClosedRange<Int>, _ option: String, _ unit: String = ""
) throws {
  guard let number, !range.contains(number) else { return }
  let most = UInt64(clamping: range.upperBound).grouped
  throw ValidationError("\(option) \(number): from \(range.lowerBound) to \(most)\(unit).")
}
