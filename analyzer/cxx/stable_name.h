/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STABLE_NAME_H
#define LEAKGRAPH_STABLE_NAME_H

/*
 * One name for a function, however a compiler spells it. Symbols and debug info, GCC and clang
 * write `f()::{lambda(unsigned long)#1}::operator()`, `f::$_0::operator()` and
 * `f::{lambda}::operator()`, or `Pool<unsigned long>` and `Pool<long unsigned int>`, and mean the
 * same. The result is for comparing, not for reading.
 */

#include <stddef.h>

/* Fills `stable`, cutting a name that does not fit. */
void stable_name(const char *name, char *stable, size_t size);

/* The stable name of the class that a member of the standard library belongs to: `std::vector<int>`
 * for its resize. */
void stable_name_of_class(const char *name, char *stable, size_t size);

#endif
