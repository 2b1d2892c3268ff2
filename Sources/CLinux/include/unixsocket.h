// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>

// The most descriptors that go with one message.
enum { CALLSIGN_MAX_PASSED = 8 };

// A socket at a path (at most 107 octets) that keeps the bounds of messages (SOCK_SEQPACKET).
int callsign_unix_listen(const char *path);
int callsign_unix_connect(const char *path);
int callsign_unix_accept(int listener);

// Sends one message with descriptors. Gives the octets sent.
int callsign_send_message(int socket, const void *bytes, size_t length, const int *descriptors, int descriptor_count);

// Receives one message; `descriptors` has room for CALLSIGN_MAX_PASSED. Gives its octets, 0 where the other side is
// gone; -EMSGSIZE where it did not fit.
int callsign_receive_message(int socket, void *bytes, size_t capacity, int *descriptors, int *descriptor_count);
