// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

// Starts `path`; descriptor `descriptors[i]` of this process becomes descriptor i of the new one, all others are
// closed there. All signals have their default action and none is blocked.
// `directory` NULL: the caller's. `new_session` not 0: the process leads a session of its own.
// Gives the process id; a program that cannot be executed is reported here, not by an exit status.
int callsign_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *directory,
    const int *descriptors, int descriptor_count, int new_session);

// fork(2). Only for a process with one thread.
int callsign_fork(void);

// Takes the status of one process that ended. Gives its id, 0 where none has ended.
// `pid` -1: any child. `status`: the exit code, or 128 + the signal that killed it. `wait` not 0: blocks until one
// ends.
int callsign_reap(int pid, int *status, int wait);

// A descriptor that becomes readable when SIGCHLD or SIGTERM arrives; both are blocked from then on.
int callsign_signal_descriptor(void);

// Empties the descriptor above. Gives 1 where SIGTERM was among the signals, else 0.
int callsign_take_signals(int descriptor);

int callsign_kill(int pid, int signal);

// The name of the calling thread in lists of threads; at most 15 octets.
void callsign_name_thread(const char *name);

// The calling process leads a session without a terminal (setsid(2)).
int callsign_new_session(void);
