// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "namespace.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int callsign_unshare(int kinds) {
  int flags = 0;
  if (kinds & CALLSIGN_NS_MOUNT) flags |= CLONE_NEWNS;
  if (kinds & CALLSIGN_NS_NET) flags |= CLONE_NEWNET;
  if (kinds & CALLSIGN_NS_PID) flags |= CLONE_NEWPID;
  if (kinds & CALLSIGN_NS_UTS) flags |= CLONE_NEWUTS;
  if (kinds & CALLSIGN_NS_IPC) flags |= CLONE_NEWIPC;
  if (kinds & CALLSIGN_NS_USER) flags |= CLONE_NEWUSER;
  if (kinds & CALLSIGN_NS_CGROUP) flags |= CLONE_NEWCGROUP;
  return result(unshare(flags));
}

int callsign_make_mounts_private(void) { return result(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)); }

int callsign_mount(const char *source, const char *target, const char *type, const char *options, int restricted) {
  unsigned long flags = restricted ? MS_NOSUID | MS_NODEV | MS_NOEXEC : 0;
  return result(mount(source, target, type, flags, options));
}

int callsign_bind(const char *source, const char *target) {
  return result(mount(source, target, NULL, MS_BIND, NULL));
}

int callsign_make_read_only(const char *path) {
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
  return result(mount_setattr(AT_FDCWD, path, AT_RECURSIVE, &attributes, sizeof attributes));
}

int callsign_unmount(const char *path) { return result(umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW)); }

int callsign_set_hostname(const char *name) { return result(sethostname(name, strlen(name))); }

int callsign_become_root(void) {
  if (setgroups(0, NULL) != 0 || setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0) return -errno;
  return 0;
}
