/* SPDX-License-Identifier: MIT */
/* Built with symbols, but without debug info: containers' allocators tell their types by their names. */
#include "named_map_of_shared_ptrs.cpp"
