// SPDX-License-Identifier: Apache-2.0
#pragma once

// Linux calls that Swift cannot make by itself. Every function gives a result of 0 or more, or the negative errno.
#include "datagram.h"
#include "descriptor.h"
#include "heap.h"
#include "namespace.h"
#include "process.h"
#include "unixsocket.h"
