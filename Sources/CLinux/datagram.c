// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "datagram.h"
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

// One array of headers serves reception and sending: a header keeps its buffer and its peer, and moves to the front of
// the array when the datagram is answered. So an answer costs no copy of a header, and before the next reception only
// what the kernel and the answers have changed is set back.
struct callsign_datagrams {
  int count;
  int size;
  // Headers that the last reception filled: those that have to be set back.
  int received;
  // Headers at the front of the array whose buffers hold answers.
  int answers;
  struct mmsghdr *headers;
  struct iovec *vectors;
  struct sockaddr_storage *addresses;
  uint8_t (*controls)[CALLSIGN_CONTROL_SIZE] __attribute__((aligned(8)));
  uint8_t *memory;
};

struct callsign_datagrams *callsign_datagrams_create(int count, int size, int reserve) {
  struct callsign_datagrams *ring = calloc(1, sizeof *ring);
  if (!ring) return NULL;
  ring->count = count;
  ring->size = size;
  ring->headers = calloc((size_t)count, sizeof *ring->headers);
  ring->vectors = calloc((size_t)count, sizeof *ring->vectors);
  ring->addresses = calloc((size_t)count, sizeof *ring->addresses);
  ring->controls = calloc((size_t)count, sizeof *ring->controls);
  size_t stride = (size_t)size + (size_t)reserve;
  ring->memory = calloc((size_t)count, stride);
  if (!ring->headers || !ring->vectors || !ring->addresses || !ring->controls || !ring->memory) {
    callsign_datagrams_destroy(ring);
    return NULL;
  }
  for (int i = 0; i < count; i++) {
    ring->vectors[i] = (struct iovec){.iov_base = ring->memory + (size_t)i * stride, .iov_len = (size_t)size};
    ring->headers[i].msg_hdr = (struct msghdr){
        .msg_name = &ring->addresses[i],
        .msg_namelen = sizeof ring->addresses[i],
        .msg_iov = &ring->vectors[i],
        .msg_iovlen = 1,
        .msg_control = ring->controls[i],
        .msg_controllen = sizeof ring->controls[i],
    };
  }
  return ring;
}

void callsign_datagrams_destroy(struct callsign_datagrams *ring) {
  free(ring->headers);
  free(ring->vectors);
  free(ring->addresses);
  free(ring->controls);
  free(ring->memory);
  free(ring);
}

int callsign_datagrams_receive(struct callsign_datagrams *ring, int socket) {
  for (int i = 0; i < ring->received; i++) {
    struct msghdr *header = &ring->headers[i].msg_hdr;
    header->msg_iov->iov_len = (size_t)ring->size;
    header->msg_namelen = sizeof *ring->addresses;
    header->msg_controllen = sizeof *ring->controls;
  }
  ring->answers = 0;
  int count = recvmmsg(socket, ring->headers, (unsigned)ring->count, MSG_WAITFORONE, NULL);
  // A call that fails has touched one header at most.
  ring->received = count < 0 ? 1 : count;
  return result(count);
}

struct callsign_datagram callsign_datagrams_view(const struct callsign_datagrams *ring, int index) {
  struct callsign_datagram datagram;
  const struct mmsghdr *header = &ring->headers[index];
  datagram.octets = header->msg_hdr.msg_iov->iov_base;
  datagram.length = (int32_t)header->msg_len;
  const struct sockaddr_storage *address = header->msg_hdr.msg_name;
  if (address->ss_family == AF_INET6) {
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    uint64_t words[2];
    memcpy(words, &v6->sin6_addr, sizeof words);
    datagram.high = be64toh(words[0]);
    datagram.low = be64toh(words[1]);
    datagram.port = ntohs(v6->sin6_port);
    datagram.family = 6;
  } else {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    datagram.high = 0;
    datagram.low = ntohl(v4->sin_addr.s_addr);
    datagram.port = ntohs(v4->sin_port);
    datagram.family = 4;
  }
  return datagram;
}

void callsign_datagrams_peer(const struct callsign_datagrams *ring, int index, struct callsign_peer *peer) {
  const struct msghdr *header = &ring->headers[index].msg_hdr;
  memset(peer, 0, sizeof *peer);
  memcpy(peer->address, header->msg_name, header->msg_namelen);
  peer->address_length = header->msg_namelen;
  memcpy(peer->control, header->msg_control, header->msg_controllen);
  peer->control_length = (uint32_t)header->msg_controllen;
}

void callsign_datagrams_answer(struct callsign_datagrams *ring, int index, int length) {
  ring->headers[index].msg_hdr.msg_iov->iov_len = (size_t)length;
  if (index != ring->answers) {
    struct mmsghdr unanswered = ring->headers[ring->answers];
    ring->headers[ring->answers] = ring->headers[index];
    ring->headers[index] = unanswered;
  }
  ring->answers++;
}

int callsign_datagrams_send(struct callsign_datagrams *ring, int socket) {
  int next = 0, sent = 0;
  while (next < ring->answers) {
    int count = sendmmsg(socket, ring->headers + next, (unsigned)(ring->answers - next), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) count = 1;  // This one cannot be sent: go on behind it.
    else sent += count;
    next += count;
  }
  return sent;
}

int callsign_datagram_send(int socket, const struct callsign_peer *peer, const uint8_t *octets, int count) {
  struct iovec vector = {.iov_base = (void *)octets, .iov_len = (size_t)count};
  struct msghdr header = {
      .msg_name = (void *)peer->address,
      .msg_namelen = peer->address_length,
      .msg_iov = &vector,
      .msg_iovlen = 1,
      .msg_control = peer->control_length ? (void *)peer->control : NULL,
      .msg_controllen = peer->control_length,
  };
  ssize_t sent;
  do sent = sendmsg(socket, &header, 0);
  while (sent < 0 && errno == EINTR);
  return result((int)sent);
}

int callsign_datagram_socket(const uint8_t *octets, int octet_count, uint16_t port, int shared) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  int is6 = octet_count == 16;
  if (!is6 && octet_count != 4) return -EAFNOSUPPORT;
  if (is6) memcpy(&v6.sin6_addr, octets, 16);
  else memcpy(&v4.sin_addr, octets, 4);

  int descriptor = socket(is6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  int on = 1;
  int problem = 0;
  if (is6 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) problem = errno;
  if (shared && setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) problem = errno;
  // An answer has to leave from the address that was asked, which is not known where the socket has them all.
  if (is6 && IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr)) {
    if (setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) != 0) problem = errno;
  } else if (!is6 && v4.sin_addr.s_addr == INADDR_ANY) {
    if (setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0) problem = errno;
  }
  if (!problem) {
    const struct sockaddr *address = is6 ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4;
    if (bind(descriptor, address, is6 ? sizeof v6 : sizeof v4) != 0) problem = errno;
  }
  if (!problem) return descriptor;
  close(descriptor);
  return -problem;
}

int callsign_datagram_forbid_fragments(int socket) {
  int mode = IP_PMTUDISC_PROBE;
  return result(setsockopt(socket, IPPROTO_IP, IP_MTU_DISCOVER, &mode, sizeof mode));
}

int callsign_datagram_end(int socket) {
  // The kernel says ENOTCONN for a socket without a peer, and ends its reception all the same.
  if (shutdown(socket, SHUT_RD) != 0 && errno != ENOTCONN) return -errno;
  return 0;
}

int callsign_bound_address(int socket, uint8_t octets[16], uint16_t *port) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  if (getsockname(socket, (struct sockaddr *)&address, &length) != 0) return -errno;
  if (address.ss_family == AF_INET) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
    memcpy(octets, &v4->sin_addr, 4);
    *port = ntohs(v4->sin_port);
    return 4;
  }
  if (address.ss_family != AF_INET6) return -EAFNOSUPPORT;
  const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;
  memcpy(octets, &v6->sin6_addr, 16);
  *port = ntohs(v6->sin6_port);
  return 16;
}
