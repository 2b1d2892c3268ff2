# SPDX-License-Identifier: Apache-2.0
"""Something that is done evenly over time."""

import time


def evenly(rate, seconds, begin):
    """0, 1, 2 …, `rate` a second, for so many seconds from `begin` on (time.monotonic). One who is late catches up."""
    count = 0
    while (now := time.monotonic()) < begin + seconds:
        wait = begin + count / rate - now
        if wait > 0:
            time.sleep(wait)
        yield count
        count += 1
