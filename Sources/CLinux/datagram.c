// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "datagram.h"
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

// One array of headers serves reception and sending: a header keeps its buffer and its peer. So an answer costs no copy
// of a header, and before the next reception only what the kernel and the answers have changed is set back. Only where
// some datagrams are not answered, the headers of the others are copied together.
struct callsign_datagrams {
  int count;
  int size;
  // Headers that the last reception filled: those that have to be set back.
  int received;
  struct mmsghdr *headers;
  // Headers of those that are answered, where others are not.
  struct mmsghdr *answered;
  struct iovec *vectors;
  struct sockaddr_storage *addresses;
  uint8_t (*controls)[CALLSIGN_CONTROL_SIZE] __attribute__((aligned(8)));
  int32_t *questions;
  int32_t *answers;
  uint8_t *memory;
};

struct callsign_datagrams *callsign_datagrams_create(int count, int size, int reserve) {
  struct callsign_datagrams *ring = calloc(1, sizeof *ring);
  if (!ring) return NULL;
  ring->count = count;
  ring->size = size;
  ring->headers = calloc((size_t)count, sizeof *ring->headers);
  ring->answered = calloc((size_t)count, sizeof *ring->answered);
  ring->vectors = calloc((size_t)count, sizeof *ring->vectors);
  ring->addresses = calloc((size_t)count, sizeof *ring->addresses);
  ring->controls = calloc((size_t)count, sizeof *ring->controls);
  ring->questions = calloc((size_t)count, sizeof *ring->questions);
  ring->answers = calloc((size_t)count, sizeof *ring->answers);
  size_t stride = (size_t)size + (size_t)reserve;
  ring->memory = calloc((size_t)count, stride);
  if (!ring->headers || !ring->answered || !ring->vectors || !ring->addresses || !ring->controls || !ring->questions
      || !ring->answers || !ring->memory) {
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
  free(ring->answered);
  free(ring->vectors);
  free(ring->addresses);
  free(ring->controls);
  free(ring->questions);
  free(ring->answers);
  free(ring->memory);
  free(ring);
}

uint8_t *callsign_datagrams_memory(const struct callsign_datagrams *ring) { return ring->memory; }

int32_t *callsign_datagrams_questions(const struct callsign_datagrams *ring) { return ring->questions; }

int32_t *callsign_datagrams_answers(const struct callsign_datagrams *ring) { return ring->answers; }

// Sets back the headers that the last reception has filled.
static void set_back(struct callsign_datagrams *ring) {
  for (int i = 0; i < ring->received; i++) {
    struct msghdr *header = &ring->headers[i].msg_hdr;
    ring->vectors[i].iov_len = (size_t)ring->size;
    header->msg_namelen = sizeof *ring->addresses;
    header->msg_controllen = sizeof *ring->controls;
  }
}

static void take(struct callsign_datagrams *ring, int count) {
  ring->received = count;
  for (int i = 0; i < count; i++) {
    ring->questions[i] = (int32_t)ring->headers[i].msg_len;
    ring->answers[i] = 0;
  }
}

int callsign_datagrams_receive(struct callsign_datagrams *ring, int socket) {
  set_back(ring);
  int count = result(recvmmsg(socket, ring->headers, (unsigned)ring->count, MSG_WAITFORONE, NULL));
  if (count >= 0) take(ring, count);
  else ring->received = 1;  // A call that fails has touched one header at most.
  return count;
}

int callsign_datagrams_gather(struct callsign_datagrams *ring, const int *sockets, int count, int first, int share) {
  struct pollfd queues[CALLSIGN_MAXIMUM_QUEUES];
  if (count > CALLSIGN_MAXIMUM_QUEUES) return -EINVAL;
  for (int i = 0; i < count; i++) queues[i] = (struct pollfd){.fd = sockets[i], .events = POLLIN};
  if (poll(queues, (nfds_t)count, -1) < 0) return -errno;
  set_back(ring);
  int received = 0;
  for (int i = 0; i < count && received < ring->count; i++) {
    const struct pollfd *queue = &queues[(first + i) % count];
    if (!(queue->revents & POLLIN)) continue;
    int room = ring->count - received;
    if (room > share) room = share;
    int taken = recvmmsg(queue->fd, ring->headers + received, (unsigned)room, MSG_DONTWAIT, NULL);
    if (taken > 0) received += taken;
  }
  take(ring, received);
  return received;
}

struct callsign_datagram_source callsign_datagrams_source(const struct callsign_datagrams *ring, int index) {
  struct callsign_datagram_source source;
  const struct sockaddr_storage *address = &ring->addresses[index];
  if (address->ss_family == AF_INET6) {
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    uint64_t words[2];
    memcpy(words, &v6->sin6_addr, sizeof words);
    source.high = be64toh(words[0]);
    source.low = be64toh(words[1]);
    source.port = ntohs(v6->sin6_port);
    source.family = 6;
  } else {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    source.high = 0;
    source.low = ntohl(v4->sin_addr.s_addr);
    source.port = ntohs(v4->sin_port);
    source.family = 4;
  }
  return source;
}

void callsign_datagrams_peer(const struct callsign_datagrams *ring, int index, struct callsign_peer *peer) {
  const struct msghdr *header = &ring->headers[index].msg_hdr;
  memset(peer, 0, sizeof *peer);
  memcpy(peer->address, header->msg_name, header->msg_namelen);
  peer->address_length = header->msg_namelen;
  memcpy(peer->control, header->msg_control, header->msg_controllen);
  peer->control_length = (uint32_t)header->msg_controllen;
}

int callsign_datagrams_send(struct callsign_datagrams *ring, int socket) {
  int answers = 0, sent = 0;
  for (int i = 0; i < ring->received; i++) {
    ring->vectors[i].iov_len = (size_t)ring->answers[i];
    answers += ring->answers[i] > 0;
  }
  struct mmsghdr *headers = ring->headers;
  if (answers < ring->received) {
    headers = ring->answered;
    int next = 0;
    for (int i = 0; i < ring->received; i++)
      if (ring->answers[i] > 0) headers[next++] = ring->headers[i];
  }
  for (int next = 0; next < answers;) {
    int count = sendmmsg(socket, headers + next, (unsigned)(answers - next), 0);
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

union place {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

static socklen_t length(const union place *place) {
  return place->any.sa_family == AF_INET6 ? sizeof place->v6 : sizeof place->v4;
}

// A socket that is going to be bound to a place.
static int make_socket(const union place *place, int shared) {
  int is6 = place->any.sa_family == AF_INET6;
  int descriptor = socket(place->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  int on = 1;
  int problem = 0;
  if (is6 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) problem = errno;
  if (shared && setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) problem = errno;
  // An answer has to leave from the address that was asked, which is not known where the socket has them all.
  if (is6 && IN6_IS_ADDR_UNSPECIFIED(&place->v6.sin6_addr)) {
    if (setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) != 0) problem = errno;
  } else if (!is6 && place->v4.sin_addr.s_addr == INADDR_ANY) {
    if (setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0) problem = errno;
  }
  if (!problem) return descriptor;
  close(descriptor);
  return -problem;
}

int callsign_datagram_socket(const uint8_t *octets, int octet_count, uint16_t port, int shared) {
  union place place = {.v6 = {0}};
  if (octet_count == 16) {
    place.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&place.v6.sin6_addr, octets, 16);
  } else if (octet_count == 4) {
    place.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    memcpy(&place.v4.sin_addr, octets, 4);
  } else {
    return -EAFNOSUPPORT;
  }
  int descriptor = make_socket(&place, shared);
  if (descriptor < 0 || bind(descriptor, &place.any, length(&place)) == 0) return descriptor;
  int problem = errno;
  close(descriptor);
  return -problem;
}

static int find_place(int socket, union place *place) {
  socklen_t room = sizeof *place;
  return getsockname(socket, &place->any, &room) == 0 ? 0 : -errno;
}

int callsign_datagram_spare(int socket) {
  union place place;
  int problem = find_place(socket, &place);
  return problem < 0 ? problem : make_socket(&place, 1);
}

int callsign_datagram_join(int spare, int socket) {
  union place place;
  int problem = find_place(socket, &place);
  if (problem < 0) return problem;
  int on = 1;
  if (setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) return -errno;
  return bind(spare, &place.any, length(&place)) == 0 ? 0 : -errno;
}

int64_t callsign_datagram_lost(int socket) {
  uint32_t info[SK_MEMINFO_VARS];
  socklen_t room = sizeof info;
  if (getsockopt(socket, SOL_SOCKET, SO_MEMINFO, info, &room) != 0) return -errno;
  return info[SK_MEMINFO_DROPS];
}

int callsign_datagram_receive_buffer(int socket, int size) {
  // Beyond the system's limit it takes CAP_NET_ADMIN.
  if (setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0
      && setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) != 0)
    return -errno;
  int doubled = 0;
  socklen_t length = sizeof doubled;
  if (getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &doubled, &length) != 0) return -errno;
  return doubled / 2;  // The kernel counts its own bookkeeping as much as the content (socket(7)).
}

int callsign_datagram_forbid_fragments(int socket) {
  int mode = IP_PMTUDISC_PROBE;
  return result(setsockopt(socket, IPPROTO_IP, IP_MTU_DISCOVER, &mode, sizeof mode));
}

int callsign_datagram_allow_fragments(int socket) {
  int mode = IP_PMTUDISC_WANT;
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
