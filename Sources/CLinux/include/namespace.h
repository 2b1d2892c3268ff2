// SPDX-License-Identifier: Apache-2.0
#pragma once

enum callsign_namespace {
  CALLSIGN_NS_MOUNT = 1,
  CALLSIGN_NS_NET = 2,
  CALLSIGN_NS_PID = 4,
  CALLSIGN_NS_UTS = 8,
  CALLSIGN_NS_IPC = 16,
  CALLSIGN_NS_USER = 32,
  CALLSIGN_NS_CGROUP = 64,
};

// Leaves the namespaces of the given kinds (callsign_namespace) for new ones; unshare(2).
int callsign_unshare(int kinds);

// Mounts of this namespace are no longer passed on to others, nor received from them.
int callsign_make_mounts_private(void);

// mount(2) of a new file system; nosuid, nodev and noexec where `restricted` is not 0. `options` may be NULL.
int callsign_mount(const char *source, const char *target, const char *type, const char *options, int restricted);

// Makes `source` visible at `target` too.
int callsign_bind(const char *source, const char *target);

// Makes the mounts at and below `path` read-only; mount_setattr(2), Linux 5.12.
int callsign_make_read_only(const char *path);

// Unmounts now where possible, else when nothing uses it any more.
int callsign_unmount(const char *path);

int callsign_set_hostname(const char *name);

// Takes on user 0 and group 0 of the user namespace, without further groups.
int callsign_become_root(void);
