import ArgumentParser
import TraceBytes
import TraceRender

/// How payload becomes text, shared by the commands that show it.
final class TextOptions: ParsableArguments {
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
  var page = CodePage.ibm1047

  @Option(help: ArgumentHelp("Break lines after so many columns.", valueName: "columns"))
  var wrap: Int?

  @Option(
    name: .customLong("max-bytes"),
    help: ArgumentHelp("Show at most so many bytes of each payload.", valueName: "n"))
  var maxBytes: Int?

  @OptionGroup var time: TimeOptions

  @Flag(help: "Say why --as auto shows bytes the way it does.")
  var why = false

  func validate() throws {
    try refuse(wrap, outside: 8...10_000, "--wrap", " columns")
    try refuse(maxBytes, below: 0, "--max-bytes")
  }

  func options(colours: Bool) -> PrintOptions {
    var options = PrintOptions()
    options.form = form
    options.page = page
    options.layout = TextLayout(wrap: wrap ?? 0)
    options.maxBytes = maxBytes ?? Int.max
    options.color = colours
    options.why = why
    options.zone = time.zone
    return options
  }
}
