/// What is wrong with a command line: one line for people.
package struct UsageMistake: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
