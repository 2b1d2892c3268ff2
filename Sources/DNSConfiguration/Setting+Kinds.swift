// SPDX-License-Identifier: Apache-2.0
import DNSWire

extension Setting {
  /// A place in the configuration.
  typealias Place<Value> = any WritableKeyPath<DNSConfiguration, Value> & Sendable

  /// A whole number. Its default is what the configuration has.
  static func number<Number: FixedWidthInteger & Sendable>(
    _ key: String, _ placeholder: String, _ place: Place<Number>, in range: ClosedRange<Number>, live: Bool = true,
    _ help: String
  ) -> Setting {
    Setting(
      key, placeholder, default: ["\(DNSConfiguration()[keyPath: place])"], live: live,
      "\(help) \(range.lowerBound) to \(range.upperBound)."
    ) { value, configuration throws(ValueMistake) in
      configuration[keyPath: place] = try value.number(in: range)
    }
  }

  static func boolean(_ key: String, _ place: Place<Bool>, live: Bool = true, _ help: String) -> Setting {
    Setting(key, "BOOLEAN", default: ["\(DNSConfiguration()[keyPath: place])"], live: live, help) {
      value, configuration throws(ValueMistake) in configuration[keyPath: place] = try value.boolean()
    }
  }

  /// One of the words of an enumeration.
  static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ key: String, _ placeholder: String, _ place: Place<Choice>, live: Bool = true, _ help: String
  ) -> Setting {
    Setting(key, placeholder, default: [DNSConfiguration()[keyPath: place].rawValue], live: live, help) {
      value, configuration throws(ValueMistake) in configuration[keyPath: place] = try value.choice(Choice.self)
    }
  }

  static func text(
    _ key: String, _ placeholder: String, _ place: Place<String>, most octets: Int, live: Bool = true, _ help: String
  ) -> Setting {
    Setting(key, placeholder, default: [], live: live, help) { value, configuration throws(ValueMistake) in
      let text = try value.single()
      guard text.utf8.count <= octets else { throw ValueMistake(found: text, allowed: "at most \(octets) octets") }
      configuration[keyPath: place] = text
    }
  }

  /// Places to listen on; none by default.
  static func listeners(
    _ key: String, _ place: Place<[ListenAddress]>, port: UInt16, _ help: String
  ) -> Setting {
    Setting(
      key, "ADDRESS:PORT…", default: DNSConfiguration()[keyPath: place].map(\.description), help
    ) { value, configuration throws(ValueMistake) in
      configuration[keyPath: place] = try value.map { text throws(ValueMistake) in
        try listenAddress(text, port: port, allowed: "ADDRESS:PORT, ADDRESS or :PORT")
      }
    }
  }

  static func listenAddress(_ text: String, port: UInt16, allowed: String) throws(ValueMistake) -> ListenAddress {
    guard let place = ListenAddress(text, defaultPort: port) else { throw ValueMistake(found: text, allowed: allowed) }
    if place.address?.isOfMany == true {
      throw ValueMistake(found: text, allowed: "an address of this machine, not one of many")
    }
    return place
  }

  /// Ranges of addresses; none by default.
  static func ranges(_ key: String, _ place: Place<[AddressRange]>, _ help: String) -> Setting {
    Setting(key, "RANGE…", default: [], help) { value, configuration throws(ValueMistake) in
      configuration[keyPath: place] = try value.map { text throws(ValueMistake) in
        guard let range = AddressRange(text) else {
          throw ValueMistake(found: text, allowed: "ADDRESS or ADDRESS/LENGTH, such as 10.0.0.0/8")
        }
        return range
      }
    }
  }
}
