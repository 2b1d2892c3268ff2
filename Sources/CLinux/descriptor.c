// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "descriptor.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int callsign_pipe(int ends[2]) { return result(pipe2(ends, O_CLOEXEC)); }

int callsign_memory_file(const char *name, size_t capacity) {
  int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return -errno;
  if (capacity == 0) return descriptor;
  if (ftruncate(descriptor, (off_t)capacity) != 0 || fcntl(descriptor, F_ADD_SEALS, F_SEAL_GROW) != 0) {
    int problem = errno;
    close(descriptor);
    return -problem;
  }
  return descriptor;
}

static socklen_t address(struct sockaddr_storage *storage, const uint8_t *octets, int count, uint16_t port) {
  memset(storage, 0, sizeof *storage);
  if (count == 4) {
    struct sockaddr_in *name = (struct sockaddr_in *)storage;
    name->sin_family = AF_INET;
    name->sin_port = htons(port);
    memcpy(&name->sin_addr, octets, 4);
    return sizeof *name;
  }
  if (count != 16) return 0;
  struct sockaddr_in6 *name = (struct sockaddr_in6 *)storage;
  name->sin6_family = AF_INET6;
  name->sin6_port = htons(port);
  memcpy(&name->sin6_addr, octets, 16);
  return sizeof *name;
}

int callsign_bind_address(int socket, const uint8_t *octets, int octet_count, uint16_t port) {
  struct sockaddr_storage storage;
  socklen_t length = address(&storage, octets, octet_count, port);
  if (length == 0) return -EAFNOSUPPORT;
  int on = 1;
  if (setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return -errno;
  return result(bind(socket, (struct sockaddr *)&storage, length));
}

int callsign_connect_address(int socket, const uint8_t *octets, int octet_count, uint16_t port) {
  struct sockaddr_storage storage;
  socklen_t length = address(&storage, octets, octet_count, port);
  if (length == 0) return -EAFNOSUPPORT;
  return result(connect(socket, (struct sockaddr *)&storage, length));
}

int callsign_socket_error(int socket) {
  int problem = 0;
  socklen_t length = sizeof problem;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &problem, &length) != 0) return errno;
  return problem;
}

int callsign_set_nonblocking(int descriptor, int nonblocking) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return -errno;
  return result(fcntl(descriptor, F_SETFL, nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

int callsign_lock(int descriptor) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  return result(fcntl(descriptor, F_OFD_SETLK, &lock));
}

int callsign_is_locked(int descriptor) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(descriptor, F_OFD_GETLK, &lock) < 0) return -errno;
  return lock.l_type != F_UNLCK;
}

int callsign_process_descriptor(int process) { return result((int)syscall(SYS_pidfd_open, process, 0)); }

int callsign_internet_socket(int family, int stream) {
  int type = (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  int descriptor = socket(family == 6 ? AF_INET6 : AF_INET, type, 0);
  int on = 1;
  // All addresses of IPv6 are not those of IPv4 too, which have a socket of their own on the same port.
  if (descriptor >= 0 && family == 6 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) {
    int problem = errno;
    close(descriptor);
    return -problem;
  }
  return result(descriptor);
}

int callsign_poll_create(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

int callsign_poll_once(int poll, int descriptor, int writable, uint64_t token) {
  struct epoll_event event = {.events = (writable ? EPOLLOUT : EPOLLIN) | EPOLLONESHOT, .data.u64 = token};
  if (epoll_ctl(poll, EPOLL_CTL_MOD, descriptor, &event) == 0) return 0;
  if (errno != ENOENT) return -errno;
  return result(epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event));
}

int callsign_poll_forget(int poll, int descriptor) {
  return result(epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, NULL));
}

int callsign_poll_wait(int poll, uint64_t *tokens, int capacity) {
  struct epoll_event events[64];
  if (capacity > 64) capacity = 64;
  int count;
  do count = epoll_wait(poll, events, capacity, -1);
  while (count < 0 && errno == EINTR);
  if (count < 0) return -errno;
  for (int i = 0; i < count; i++) tokens[i] = events[i].data.u64;
  return count;
}

int callsign_watch_directory(const char *path, int creation) {
  uint32_t events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_ONLYDIR | (creation ? IN_CREATE : 0);
  int descriptor = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (descriptor < 0) return -errno;
  if (inotify_add_watch(descriptor, path, events) < 0) {
    int problem = errno;
    close(descriptor);
    return -problem;
  }
  return descriptor;
}

int callsign_open_directory(const char *path) { return result(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)); }

int callsign_open_beneath(int directory, const char *path) {
  struct open_how how = {
      .flags = O_PATH | O_CLOEXEC,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  return result((int)syscall(SYS_openat2, directory, path, &how, sizeof how));
}

int callsign_make_directory_at(int directory, const char *name, unsigned int mode) {
  return result(mkdirat(directory, name, mode));
}
