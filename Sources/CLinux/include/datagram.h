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

// Where the first buffer begins; each of the others lies behind the one before, its reserve included.
uint8_t *callsign_datagrams_memory(const struct callsign_datagrams *ring);

// For each buffer the octets of the datagram in it, as far as the last reception has filled one.
int32_t *callsign_datagrams_questions(const struct callsign_datagrams *ring);
// For each buffer the octets of the answer that has taken the datagram's place; 0: it is not answered.
int32_t *callsign_datagrams_answers(const struct callsign_datagrams *ring);

// Waits for datagrams and takes those that are there; gives how many. Forgets those of the last call.
int callsign_datagrams_receive(struct callsign_datagrams *ring, int socket);

// Sockets that one thread can take datagrams from.
enum { CALLSIGN_MAXIMUM_QUEUES = 64 };
// The same from several sockets: waits until one has some, and takes up to `share` from each, beginning with the one
// numbered `first`, until all buffers are full. Gives how many; 0 where what seemed to be there was not.
int callsign_datagrams_gather(struct callsign_datagrams *ring, const int *sockets, int count, int first, int share);

// Where a datagram came from: the address as two words, the first eight octets in `high` (0 for IPv4), and the port, all
// in host order; `family` is 4 or 6.
struct callsign_datagram_source {
  uint64_t high;
  uint64_t low;
  uint16_t port;
  uint8_t family;
};
struct callsign_datagram_source callsign_datagrams_source(const struct callsign_datagrams *ring, int index);
void callsign_datagrams_peer(const struct callsign_datagrams *ring, int index, struct callsign_peer *peer);

// Sends each answer to where its question came from. One that cannot be sent is dropped; gives how many were sent.
int callsign_datagrams_send(struct callsign_datagrams *ring, int socket);

// Sends one datagram.
int callsign_datagram_send(int socket, const struct callsign_peer *peer, const uint8_t *octets, int count);

// Makes a UDP socket bound to an address of 4 or 16 octets. Unlike callsign_bind_address it finds a port that another
// socket uses in use; `shared` not 0: several sockets of this user may share it, and the kernel spreads clients.
int callsign_datagram_socket(const uint8_t *octets, int octet_count, uint16_t port, int shared);
// Makes a socket that can be bound where another one is, later and by another thread.
int callsign_datagram_spare(int socket);
// Binds it there. From then on the kernel gives each client, by its address and port, one of the two.
int callsign_datagram_join(int spare, int socket);
// Datagrams that came to a socket and were lost, because it had no room or they were damaged.
int64_t callsign_datagram_lost(int socket);
// Lets up to `size` octets of datagrams wait in the kernel, or as many as it allows; gives how many it does.
int callsign_datagram_receive_buffer(int socket, int size);
// IPv4 datagrams leave with DF set, and are dropped where they do not fit the link; IPv6 has no other way (ip(7),
// IP_PMTUDISC_PROBE).
int callsign_datagram_forbid_fragments(int socket);
// What sockets do by themselves.
int callsign_datagram_allow_fragments(int socket);
// Wakes every thread that waits for datagrams and ends reception, after what is queued has been taken.
int callsign_datagram_end(int socket);
// Where a socket is bound: writes the address's octets and gives their number, 4 or 16; `port` in host order.
int callsign_bound_address(int socket, uint8_t octets[16], uint16_t *port);
