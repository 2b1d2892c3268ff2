// SPDX-License-Identifier: Apache-2.0
import KubeModel
import NIOCore

@testable import KubeClient

/// Does a fault to a body while it comes. It only decides what goes on to the client.
struct FaultyBody {
  enum Action: Hashable {
    case send([UInt8])
    case cut
    case end
    case hold
  }

  private let fault: Fault
  private let request: APIRequest
  private var frames: WatchFrames
  /// Octets and events so far.
  private var octets = 0
  private var events = 0
  /// An event that waits for the one that is told before it.
  private var waiting: [UInt8]?

  init(_ fault: Fault, _ request: APIRequest, contentType: String) {
    self.fault = fault
    self.request = request
    frames = WatchFrames(contentType: contentType)
  }

  /// What is done with a piece.
  mutating func take(_ piece: ByteBufferView) -> [Action] {
    switch fault {
    case .none, .status, .noAnswer: return [.send(Array(piece))]
    case .cut(let limit): return until(limit, piece, .cut)
    case .truncate(let limit): return until(limit, piece, .end)
    case .hold(let limit): return until(limit, piece, .hold)
    case .garble(let start):
      let garbled = piece.map { octet -> UInt8 in
        octets += 1
        return octets > start ? 0xFF : octet
      }
      return [.send(garbled)]
    case .trickle(let size):
      return stride(from: piece.startIndex, to: piece.endIndex, by: size).map {
        .send(Array(piece[$0..<min($0 + size, piece.endIndex)]))
      }
    case .expire, .bookmarks, .duplicate, .reorder:
      guard request.isWatch else { return [.send(Array(piece))] }
      return frames.take(piece).flatMap { takeEvent($0) }
    }
  }

  /// What is still to be sent at the end.
  mutating func end() -> [Action] { waiting.take().map { [.send($0)] } ?? [] }

  private mutating func until(_ limit: Int, _ piece: ByteBufferView, _ end: Action) -> [Action] {
    let left = limit - octets
    octets += piece.count
    return piece.count < left ? [.send(Array(piece))] : [.send(Array(piece.prefix(max(0, left)))), end]
  }

  private mutating func takeEvent(_ event: [UInt8]) -> [Action] {
    events += 1
    switch fault {
    case .duplicate: return [.send(event), .send(event)]
    case .expire(let limit): return events <= limit ? [.send(event)] : [.send(frames.expired), .end]
    case .bookmarks(let limit):
      if events <= limit { return [.send(event)] }
      // A bookmark of the version from which the watch began claims nothing that was not told.
      guard let version = request.parameter("resourceVersion"), version != "0" else { return [.cut] }
      let isSlices = request.path.contains("endpointslices")
      let kind = isSlices ? "EndpointSlice" : request.path.contains("services") ? "Service" : "Namespace"
      let bookmark = frames.bookmark(kind, isSlices ? "discovery.k8s.io/v1" : "v1", version: version)
      return [.send(bookmark), .send(bookmark), .cut]
    case .reorder:
      guard let before = waiting.take() else {
        waiting = event
        return []
      }
      let mustStay = Self.name(before) == Self.name(event) || Self.isBookmark(before) || Self.isBookmark(event)
      // In one piece: a break between them would lose one for good, which no server does.
      return [.send(mustStay ? before + event : event + before)]
    default: return [.send(event)]
    }
  }

  /// Something by which events of different objects differ, in both forms: the octets of the object's name and
  /// namespace, which the test's names make unmistakable.
  private static func name(_ event: [UInt8]) -> String {
    let text = String(decoding: event.prefix(400), as: UTF8.self)
    return text.firstMatch(of: /(svc|slice|ns)-[0-9]+/).map { String($0.output.0) } ?? ""
  }

  private static func isBookmark(_ event: [UInt8]) -> Bool {
    String(decoding: event.prefix(200), as: UTF8.self).contains("BOOKMARK")
  }
}
