// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "process.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 16 };

// What the child does between fork and exec: only calls that are safe after a fork of a process with threads.
static void become(
    const char *path, char *const arguments[], char *const environment[], const char *directory,
    const int *descriptors, int count, int new_session, int report) {
  sigset_t none;
  sigemptyset(&none);
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (new_session) setsid();
  if (directory && chdir(directory) != 0) goto failed;
  // First above the targets, so that no target overwrites a source that is still needed.
  int high[MAX_DESCRIPTORS];
  for (int i = 0; i < count; i++) {
    high[i] = fcntl(descriptors[i], F_DUPFD_CLOEXEC, MAX_DESCRIPTORS + 1);
    if (high[i] < 0) goto failed;
  }
  int kept = fcntl(report, F_DUPFD_CLOEXEC, MAX_DESCRIPTORS + 1);
  if (kept < 0) goto failed;
  report = kept;
  for (int i = 0; i < count; i++)
    if (dup2(high[i], i) < 0) goto failed;
  // Everything else goes at exec, the report only if exec succeeds.
  if (close_range(count, ~0U, CLOSE_RANGE_CLOEXEC) != 0) goto failed;
  execve(path, arguments, environment);
failed:;
  int problem = errno;
  ssize_t ignored = write(report, &problem, sizeof problem);
  (void)ignored;
  _exit(127);
}

int callsign_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *directory,
    const int *descriptors, int descriptor_count, int new_session) {
  if (descriptor_count < 0 || descriptor_count > MAX_DESCRIPTORS) return -EINVAL;
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return -errno;
  // Signals stay blocked over the fork so that no handler of this process runs in the child.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = fork();
  if (pid == 0) become(path, arguments, environment, directory, descriptors, descriptor_count, new_session, report[1]);
  int problem = pid < 0 ? errno : 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(report[1]);
  if (pid > 0) {
    ssize_t count;
    do count = read(report[0], &problem, sizeof problem);
    while (count < 0 && errno == EINTR);
    if (count != sizeof problem) problem = 0;
    if (problem) waitpid(pid, NULL, 0);
  }
  close(report[0]);
  return problem ? -problem : pid;
}

int callsign_fork(void) {
  pid_t pid = fork();
  return pid < 0 ? -errno : pid;
}

int callsign_reap(int pid, int *status, int wait) {
  int raw = 0;
  pid_t found;
  do found = waitpid(pid, &raw, wait ? 0 : WNOHANG);
  while (found < 0 && errno == EINTR);
  if (found < 0) return -errno;
  *status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
  return found;
}

int callsign_signal_descriptor(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -errno;
  int descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  return descriptor < 0 ? -errno : descriptor;
}

int callsign_take_signals(int descriptor) {
  struct signalfd_siginfo info;
  int terminated = 0;
  while (read(descriptor, &info, sizeof info) == sizeof info)
    if (info.ssi_signo == SIGTERM) terminated = 1;
  return terminated;
}

int callsign_kill(int pid, int number) { return kill(pid, number) != 0 ? -errno : 0; }

void callsign_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int callsign_new_session(void) {
  pid_t session = setsid();
  return session < 0 ? -errno : session;
}
