"""Keeps the worker small: memory that is let go of goes back to the system at once."""

import ctypes

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # malloc.h
LARGE = 128 * 1024


def give_memory_back() -> bool:
    """Has the C library map every large block by itself and keep one arena for all threads.

    Else its threshold grows with the pictures' size, their memory stays with the process when they are freed, and
    each thread has a store of its own. True if the C library knows how (glibc does).
    """
    libc = ctypes.CDLL(None)
    try:
        return bool(libc.mallopt(M_MMAP_THRESHOLD, LARGE) and libc.mallopt(M_ARENA_MAX, 1))
    except AttributeError:
        return False
