// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

// Octets that the kernel may say about a datagram beside its content.
enum { CALLSIGN_CONTROL_SIZE = 64 };

// Where a datagram came from, and the local address that it was sent to, so that an answer can leave from there.
struct callsign_peer {
  uint8_t address[128];
  uint32_t address_length;
  uint8_t control[CALLSIGN_CONTROL_SIZE];
  uint32_t control_length;
};

// Datagrams that are received and answered together (recvmmsg(2), sendmmsg(2)), each in a buffer of its own.
struct callsign_datagrams;

// `count` buffers of `size` octets, each with `reserve` more that no datagram reaches; NULL where there is no memory.
struct callsign_datagrams *callsign_datagrams_create(int count, int size, int reserve);
void callsign_datagrams_destroy(struct callsign_datagrams *ring);

// Waits for datagrams and takes those that are there; gives how many. Forgets those of the last call.
int callsign_datagrams_receive(struct callsign_datagrams *ring, int socket);

// A datagram that came in, and where from: the address as two words, the first eight octets in `high` (0 for IPv4), and
// the port, all in host order; `family` is 4 or 6.
struct callsign_datagram {
  uint8_t *octets;
  uint64_t high;
  uint64_t low;
  int32_t length;
  uint16_t port;
  uint8_t family;
};
struct callsign_datagram callsign_datagrams_view(const struct callsign_datagrams *ring, int index);
void callsign_datagrams_peer(const struct callsign_datagrams *ring, int index, struct callsign_peer *peer);

// Marks the first `length` octets of a buffer as the answer to the datagram that came in it. Datagrams are answered in
// order of their index; what is below an answered index may not be used any more.
void callsign_datagrams_answer(struct callsign_datagrams *ring, int index, int length);
// Sends all marked answers. One that cannot be sent is dropped; gives how many were sent.
int callsign_datagrams_send(struct callsign_datagrams *ring, int socket);

// Sends one datagram.
int callsign_datagram_send(int socket, const struct callsign_peer *peer, const uint8_t *octets, int count);

// Makes a UDP socket bound to an address of 4 or 16 octets. Unlike callsign_bind_address it finds a port that another
// socket uses in use; `shared` not 0: several sockets of this user may share it, and the kernel spreads clients.
int callsign_datagram_socket(const uint8_t *octets, int octet_count, uint16_t port, int shared);
// IPv4 datagrams leave with DF set, and are dropped where they do not fit the link; IPv6 has no other way (ip(7),
// IP_PMTUDISC_PROBE).
int callsign_datagram_forbid_fragments(int socket);
// Wakes every thread that waits for datagrams and ends reception, after what is queued has been taken.
int callsign_datagram_end(int socket);
// Where a socket is bound: writes the address's octets and gives their number, 4 or 16; `port` in host order.
int callsign_bound_address(int socket, uint8_t octets[16], uint16_t *port);
