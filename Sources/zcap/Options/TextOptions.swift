import ArgumentParser
import TraceBytes
import TraceRender

extension PayloadForm: ExpressibleByArgument {}

/// How payload becomes text, shared by the commands that show it.
struct TextOptions: ParsableArguments {
  @Option(
    name: .customLong("as"),
    help: ArgumentHelp(
      """
      What payload is shown as: ascii (and UTF-8), ebcdic, hex, both (hex with EBCDIC and ASCII) or \
      auto, which judges by the bytes for each conversation and direction.
      """, valueName: "form"))
  var form = PayloadForm.auto

  @Option(
    name: .customLong("codepage"),
    help: ArgumentHelp(
      "EBCDIC code page: 1047, 037 or any that iconv knows (273, 1140, 939 with SO and SI).",
      valueName: "1047|037|…"))
  var page = PageArgument.standard

  @Option(help: ArgumentHelp("Break lines after so many columns.", valueName: "columns"))
  var wrap: Int?

  @Option(
    name: .customLong("max-bytes"),
    help: ArgumentHelp("Show at most so many bytes of each payload.", valueName: "n"))
  var maxBytes: Int?

  @OptionGroup var time: TimeOptions

  @Flag(help: "Say why --as auto shows bytes the way it does.")
  var why = false

  mutating func validate() throws {
    if let wrap, !(8...10_000).contains(wrap) {
      throw ValidationError("--wrap \(wrap): from 8 to 10,000 columns.")
    }
    if let maxBytes, maxBytes < 0 {
      throw ValidationError("--max-bytes \(maxBytes): 0 or more.")
    }
  }

  func options(colours: Bool) -> PrintOptions {
    var options = PrintOptions()
    options.form = form
    options.page = page.page
    options.layout = TextLayout(wrap: wrap ?? 0)
    options.maxBytes = maxBytes ?? Int.max
    options.color = colours
    options.why = why
    options.zone = time.zone.zone
    return options
  }
}

/// An EBCDIC code page by its name.
struct PageArgument: ExpressibleByArgument {
  var page: CodePage
  static let standard = PageArgument(page: .ibm1047)

  init(page: CodePage) { self.page = page }

  init?(argument: String) {
    guard let page = CodePage.named(argument) else { return nil }
    self.page = page
  }

  var defaultValueDescription: String { page.name }
}
