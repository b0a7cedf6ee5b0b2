internal import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A program that shows long output a page at a time, as git has one: only on a terminal, ZCAP_PAGER before
/// PAGER before less, and `cat` or nothing for none.
package enum Pager {
  /// The pipe that leads to it, -1 without one.
  private static let pipe = Atomic<Int32>(-1)

  /// Whether what is written is shown by a pager.
  package static var isOn: Bool { pipe.load(ordering: .relaxed) >= 0 }

  /// The command to run, nil for none.
  package static func command(_ environment: (String) -> String?) -> String? {
    let text = environment("ZCAP_PAGER") ?? environment("PAGER") ?? "less"
    return text.isEmpty || text == "cat" || environment("TERM") == "dumb" ? nil : text
  }

  /// Whether a command can be run, as far as its first word tells: a shell that does not find it takes all
  /// that is written and shows nothing.
  package static func isThere(_ command: String) -> Bool {
    let word = command.prefix { $0 != " " }
    // What a shell has to work out first is left to it.
    let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "/._+-".contains($0) }
    return !isPlain || Program.find(String(word)) != nil
  }

  /// Puts it in front of standard output, and of standard error where that is the terminal too.
  package static func start() {
    guard Terminal.isOutput, !isOn, let command = command(Terminal.environment), isThere(command)
    else { return }
    // Quits when everything fits, passes colours, and leaves the text on the screen.
    unsafe setenv("LESS", "FRX", 0)
    guard let stream = unsafe popen(command, "w") else { return }
    let descriptor = unsafe fileno(stream)
    pipe.store(descriptor, ordering: .relaxed)
    dup2(descriptor, 1)
    if Terminal.isError { dup2(descriptor, 2) }
    atexit { Pager.finish() }
  }

  /// Waits until the reader has seen enough. Safe in a signal handler.
  package static func finish() {
    let descriptor = pipe.exchange(-1, ordering: .relaxed)
    guard descriptor >= 0 else { return }
    for open in [1, 2, descriptor] where open != 2 || Terminal.isError { close(open) }
    while wait(nil) > 0 || errno == EINTR {}
  }
}
