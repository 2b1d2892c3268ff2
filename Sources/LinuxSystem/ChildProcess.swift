// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// What a program is started with.
package struct ProcessImage: Sendable, Hashable {
  /// The program's path, then its arguments.
  package var arguments: [String]
  /// `NAME=value`.
  package var environment: [String]
  /// The working directory; nil: that of the process that starts it.
  package var directory: String?
  /// Whether the program leads a session of its own, away from the caller's terminal and its signals.
  package var leadsSession: Bool

  package init(
    _ arguments: [String], environment: [String] = [], directory: String? = nil, leadsSession: Bool = false
  ) {
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.leadsSession = leadsSession
  }
}

/// Processes that this process starts, and itself.
package enum ChildProcess {
  /// Starts a program.
  /// - Parameter descriptors: become 0, 1, 2 … of the program; all others are closed there.
  /// - Throws: also where the program cannot be executed.
  package static func start(_ image: ProcessImage, descriptors: [Int32]) throws(SystemError) -> Int32 {
    let result = unsafe withCStrings(image.arguments) { arguments in
      unsafe withCStrings(image.environment) { environment in
        unsafe withOptionalCString(image.directory) { directory in
          unsafe callsign_spawn(
            arguments[0], arguments, environment, directory, descriptors, Int32(descriptors.count),
            image.leadsSession ? 1 : 0)
        }
      }
    }
    return try checked(result, "start \(image.arguments.first ?? "")")
  }

  /// The status of any child that ended: its exit code, or 128 + the signal that killed it. Nil where none has ended.
  package static func reap() -> (process: Int32, status: Int32)? {
    var status: Int32 = 0
    let process = unsafe callsign_reap(-1, &status, 0)
    return process > 0 ? (process, status) : nil
  }

  /// Waits until the child ends.
  package static func wait(for process: Int32) throws(SystemError) -> Int32 {
    var status: Int32 = 0
    try checked(unsafe callsign_reap(process, &status, 1), "wait for a process")
    return status
  }

  /// Starts a program with nothing to read, waits for it and gives its exit status; its output goes to `output`.
  package static func run(_ image: ProcessImage, output: Descriptor) throws(SystemError) -> Int32 {
    let null = try Descriptor.null()
    return try wait(for: start(image, descriptors: [null.number, output.number, output.number]))
  }

  package static func signal(_ process: Int32, _ number: Int32) throws(SystemError) {
    try checked(callsign_kill(process, number), "signal process \(process)")
  }

  /// Goes on in two processes; 0 is the answer in the new one. Only for a process with one thread.
  package static func fork() throws(SystemError) -> Int32 { try checked(callsign_fork(), "fork") }

  /// Becomes another program.
  package static func become(_ image: ProcessImage) throws(SystemError) -> Never {
    unsafe withCStrings(image.arguments) { arguments in
      unsafe withCStrings(image.environment) { environment in
        unsafe _ = execve(arguments[0]!, arguments, environment)
      }
    }
    throw .last("start \(image.arguments.first ?? "")")
  }

  /// Leads a session without a terminal from now on.
  package static func leadSession() throws(SystemError) { try checked(callsign_new_session(), "start a session") }

  /// Ends this process at once.
  package static func exit(_ status: Int32) -> Never { _exit(status) }

  package static var identifier: Int32 { getpid() }
  package static var user: UInt32 { geteuid() }
  package static var group: UInt32 { getegid() }

  /// The path of the program that runs.
  package static var executable: String { (try? Files.symlinkTarget("/proc/self/exe")) ?? CommandLine.arguments[0] }

  /// The environment of this process, as `NAME=value`.
  package static var environment: [String] {
    var entries: [String] = []
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      unsafe entries.append(String(cString: entry))
      unsafe next += 1
    }
    return entries
  }

  package static func environmentValue(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}

/// Signals of ended children and of a wish to end, as something that can be waited for.
package struct SignalWatch: Sendable {
  package let descriptor: Descriptor

  /// Blocks SIGCHLD and SIGTERM in the calling thread; programs that it starts are not affected.
  package init() throws(SystemError) {
    descriptor = Descriptor(owning: try checked(callsign_signal_descriptor(), "watch signals"))
  }

  /// Takes what arrived; true where the process is asked to end.
  package func takeTermination() -> Bool { callsign_take_signals(descriptor.number) == 1 }
}

/// Calls `body` with a null-terminated array of C strings.
func withCStrings<R>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
  let copies: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) } + [nil]
  defer { for unsafe copy in unsafe copies { unsafe free(copy) } }
  return unsafe copies.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
}

private func withOptionalCString<R>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
  guard let string else { return body(nil) }
  return unsafe string.withCString { unsafe body($0) }
}
