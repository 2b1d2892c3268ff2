// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "unixsocket.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64 };

static int address(const char *path, struct sockaddr_un *result) {
  size_t length = strlen(path);
  if (length >= sizeof result->sun_path) return -ENAMETOOLONG;
  memset(result, 0, sizeof *result);
  result->sun_family = AF_UNIX;
  memcpy(result->sun_path, path, length);
  return 0;
}

static int failed(int descriptor) {
  int problem = errno;
  close(descriptor);
  return -problem;
}

int callsign_unix_listen(const char *path) {
  struct sockaddr_un name;
  int problem = address(path, &name);
  if (problem) return problem;
  int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  // Before it is bound: a mode set on the socket is the mode of the file, so that nobody else can connect in between.
  if (fchmod(descriptor, 0600) != 0) return failed(descriptor);
  if (bind(descriptor, (struct sockaddr *)&name, sizeof name) != 0) return failed(descriptor);
  if (listen(descriptor, BACKLOG) != 0) return failed(descriptor);
  return descriptor;
}

int callsign_unix_connect(const char *path) {
  struct sockaddr_un name;
  int problem = address(path, &name);
  if (problem) return problem;
  int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  if (connect(descriptor, (struct sockaddr *)&name, sizeof name) != 0) return failed(descriptor);
  return descriptor;
}

int callsign_unix_accept(int listener) {
  int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

int callsign_send_message(int socket, const void *bytes, size_t length, const int *descriptors, int descriptor_count) {
  if (descriptor_count < 0 || descriptor_count > CALLSIGN_MAX_PASSED) return -EINVAL;
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = length};
  union {
    char bytes[CMSG_SPACE(CALLSIGN_MAX_PASSED * sizeof(int))];
    struct cmsghdr alignment;
  } control = {0};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (descriptor_count > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(descriptor_count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptor_count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, descriptor_count * sizeof(int));
  }
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : (int)sent;
}

int callsign_receive_message(int socket, void *bytes, size_t capacity, int *descriptors, int *descriptor_count) {
  struct iovec part = {.iov_base = bytes, .iov_len = capacity};
  union {
    char bytes[CMSG_SPACE(CALLSIGN_MAX_PASSED * sizeof(int))];
    struct cmsghdr alignment;
  } control;
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  *descriptor_count = 0;
  ssize_t received;
  do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  if (received < 0) return -errno;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(descriptors + *descriptor_count, CMSG_DATA(header), count * sizeof(int));
    *descriptor_count += count;
  }
  if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
    for (int i = 0; i < *descriptor_count; i++) close(descriptors[i]);
    *descriptor_count = 0;
    return -EMSGSIZE;
  }
  return (int)received;
}
