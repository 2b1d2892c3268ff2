// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>
#include <stdint.h>

// Makes a pipe: ends[0] is read, ends[1] written.
int callsign_pipe(int ends[2]);

// A file in memory that no path leads to, of `capacity` octets that cannot grow: writing past the end fails.
// `capacity` 0: an empty file without that limit.
int callsign_memory_file(const char *name, size_t capacity);

// Opens a directory as a place only (O_PATH), links followed.
int callsign_open_directory(const char *path);
// Opens what `path` leads to below the open directory, as a place only (O_PATH). Links on the way are refused (-ELOOP),
// and so is what leads out of the directory (-EXDEV); nothing can be exchanged between look and open (openat2(2)).
int callsign_open_beneath(int directory, const char *path);
// Makes a directory in an open one; its mode is `mode`, less the umask.
int callsign_make_directory_at(int directory, const char *name, unsigned int mode);

// An IPv4 (4 octets) or IPv6 (16 octets) endpoint; `port` in host order.
int callsign_bind_address(int socket, const uint8_t *octets, int octet_count, uint16_t port);
// -EINPROGRESS where the socket does not block and the other side has not answered yet.
int callsign_connect_address(int socket, const uint8_t *octets, int octet_count, uint16_t port);

// The error that a socket met, as a positive errno; 0 for none.
int callsign_socket_error(int socket);

int callsign_set_nonblocking(int descriptor, int nonblocking);
// Takes an exclusive lock on the open file (fcntl(2), open file description locks); -EAGAIN where another process holds it.
int callsign_lock(int descriptor);
// 1 where another process holds the lock, 0 where none does; takes no lock itself.
int callsign_is_locked(int descriptor);
// A descriptor that becomes readable when the process ends (pidfd_open(2)).
int callsign_process_descriptor(int process);

// A socket that does not block: `family` 4 or 6, `stream` not 0 for TCP, else UDP.
int callsign_internet_socket(int family, int stream);

// One watch for many descriptors (epoll(7)).
int callsign_poll_create(void);
// Reports once, when `descriptor` can be read (or written, where `writable` is not 0), or has failed.
int callsign_poll_once(int poll, int descriptor, int writable, uint64_t token);
int callsign_poll_forget(int poll, int descriptor);
// Waits for reports; gives how many tokens it wrote.
int callsign_poll_wait(int poll, uint64_t *tokens, int capacity);

// Watches a directory for files that are complete: closed after writing, or moved in; and that are gone (inotify(7)).
int callsign_watch_directory(const char *path, int creation);
