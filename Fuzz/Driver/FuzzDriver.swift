// SPDX-License-Identifier: Apache-2.0
import CLibFuzzer
import FuzzTargets
import Glibc
import LinuxSystem

/// The program that `Scripts/fuzz.sh` runs.
///
///     callsign-fuzz TARGET seeds FOLDER [CRASHERS]        writes the inputs to start from
///     callsign-fuzz TARGET run FOLDER [libFuzzer option…]
@main
enum FuzzDriver {
  /// What the first argument names. libFuzzer's callback carries no value of its own.
  private static let target = CommandLine.arguments.dropFirst().first.flatMap { FuzzTarget(rawValue: $0) }
  private static let usage =
    "usage: callsign-fuzz \(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) seeds|run FOLDER …"

  static func main() throws {
    let words = CommandLine.arguments
    guard words.count >= 4, let target else {
      print(usage)
      exit(2)
    }
    switch words[2] {
    case "seeds": try writeSeeds(of: target, to: words[3], crashers: words.count > 4 ? words[4] : nil)
    case "run": exit(run())
    default:
      print(usage)
      exit(2)
    }
  }

  /// Writes the seeds, and the crashers that are kept as text, as files that libFuzzer reads.
  private static func writeSeeds(of target: FuzzTarget, to folder: String, crashers: String?) throws {
    try Files.makeDirectory(folder)
    var inputs = target.seeds
    if let crashers, Files.exists(crashers) {
      for file in try Files.list(crashers) { inputs.append(try HexText.octets(Files.readText("\(crashers)/\(file)"))) }
    }
    for (number, input) in inputs.enumerated() { try Files.write(input, to: "\(folder)/seed-\(number)") }
  }

  /// Hands the arguments from the folder on to libFuzzer. A failure is a trap, so that libFuzzer keeps the input.
  private static func run() -> Int32 {
    let words = [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(3)
    // Never freed: libFuzzer keeps them.
    let copies = unsafe words.map { unsafe strdup($0) }
    let arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: words.count + 1)
    for index in words.indices { unsafe arguments[index] = unsafe copies[index] }
    unsafe arguments[words.count] = nil
    var count = Int32(words.count)
    var pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe arguments
    return unsafe LLVMFuzzerRunDriver(&count, &pointer) { data, size in
      let input = unsafe [UInt8](UnsafeBufferPointer(start: data, count: size))
      do { try FuzzDriver.target?.run(input) } catch { fatalError("\(error)") }
      return 0
    }
  }
}
