/* SPDX-License-Identifier: MIT */
/* Built without symbols: the classes name themselves (RTTI), pointers have their offsets. */
#include "named_map_of_shared_ptrs.cpp"
