// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP2

/// When something last came from a peer. Belongs to one event loop.
final class PeerActivity {
  var last: NIODeadline

  init(_ now: NIODeadline) { last = now }
}

/// Notes that something came; stands between the network and HTTP/2, where every octet is seen.
final class ActivityHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let activity: PeerActivity

  init(_ activity: PeerActivity) { self.activity = activity }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    activity.last = context.eventLoop.now
    context.fireChannelRead(data)
  }
}

/// Asks a silent peer by an HTTP/2 PING (RFC 9113 §6.7) whether it is still there, and gives up one that stays silent.
///
/// Without it, watches of a server that vanished without a word (a machine that lost power, a firewall that forgot the
/// connection) would wait for TCP to notice: a quarter of an hour with Linux' settings, if ever.
final class PeerWatch: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame
  typealias InboundOut = HTTP2Frame
  typealias OutboundOut = HTTP2Frame

  private let activity: PeerActivity
  private let interval: TimeAmount
  private let timeout: TimeAmount
  private var timer: Scheduled<Void>?
  private var pings: UInt64 = 0

  init(_ activity: PeerActivity, interval: TimeAmount, timeout: TimeAmount) {
    self.activity = activity
    self.interval = interval
    self.timeout = timeout
  }

  func handlerAdded(context: ChannelHandlerContext) { wait(until: activity.last + interval, context) }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  private func wait(until deadline: NIODeadline, _ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(deadline: deadline) {
      let (watch, context) = bound.value
      watch.isDue(context)
    }
  }

  private func isDue(_ context: ChannelHandlerContext) {
    let due = activity.last + interval
    guard due <= context.eventLoop.now else {
      wait(until: due, context)
      return
    }
    pings += 1
    let frame = HTTP2Frame(
      streamID: .rootStream, payload: .ping(HTTP2PingData(withInteger: pings), ack: false))
    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    let asked = context.eventLoop.now
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: timeout) {
      let (watch, context) = bound.value
      watch.judge(asked: asked, context)
    }
  }

  /// Anything that came since shows that the peer lives: an answer to the ping may wait behind a long body.
  private func judge(asked: NIODeadline, _ context: ChannelHandlerContext) {
    if activity.last > asked {
      wait(until: activity.last + interval, context)
    } else {
      context.fireErrorCaught(SilentPeer(time: interval + timeout))
      context.close(promise: nil)
    }
  }
}

/// A peer that does not answer.
struct SilentPeer: Error, Hashable {
  /// How long nothing came.
  let time: TimeAmount
}
