// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

// Octets of memory that are allocated now, what the allocator itself adds to each piece included (mallinfo2(3)).
int64_t callsign_heap_used(void);

// Gives memory that is not allocated now back to the system, as far as whole pages are free (malloc_trim(3)).
void callsign_heap_trim(void);
