// SPDX-License-Identifier: Apache-2.0
#include "heap.h"
#include <malloc.h>

int64_t callsign_heap_used(void) {
  struct mallinfo2 info = mallinfo2();
  return (int64_t)(info.uordblks + info.hblkhd);
}

void callsign_heap_trim(void) { malloc_trim(0); }
