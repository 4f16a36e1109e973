/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STABLE_NAME_H
#define LEAKGRAPH_STABLE_NAME_H

/*
 * One name for a function however the compiler came to spell it. Symbols and debug information, and
 * one compiler and the other, call one thing `f()::{lambda(unsigned long)#1}::operator()`,
 * `f::$_0::operator()` and `f::{lambda}::operator()`, or `Pool<unsigned long>` and
 * `Pool<long unsigned int>`. The result is for comparing, not for reading.
 */

#include <stddef.h>

/* Fills `stable`; a name that is too long for it is cut. */
void stable_name(const char *name, char *stable, size_t size);

/* The same of what a member of the standard library belongs to: `std::vector<int>` of its resize.
 */
void stable_name_of_class(const char *name, char *stable, size_t size);

#endif
