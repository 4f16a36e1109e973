/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_BUILDER_H
#define LEAKGRAPH_PYTHON_BUILDER_H

/*
 * The Python objects of a recording_builder's snapshot, again from preload/recording.h alone.
 *
 *     struct python_builder *python = python_builder_new();
 *     uint32_t node = python_builder_type(python, "robot.Node");
 *     uint32_t one = python_builder_block(python, builder, site, node), other = ...;
 *     python_builder_attribute(python, one, "peer", other);
 *     python_builder_finish(python, builder);  // takes it: into the present snapshot
 *
 * Objects must be made in rising order of their addresses; those of blocks are, when static ones
 * are made first. The collector tracks them all, and each reference made here is counted.
 */

#include <stddef.h>
#include <stdint.h>

#include "tests/recording_builder.h"

/* A garbage collected object follows the collector's two words in its block. */
enum { PYTHON_BUILDER_HEAD_BYTES = 16, PYTHON_BUILDER_OBJECT_BYTES = 48 };

struct python_builder;

/* CPython 3.11, its collector on, no objects. */
struct python_builder *python_builder_new(void);
/* Writes all of it and frees the builder; counts are filled by it. */
void python_builder_finish(struct python_builder *python, struct recording_builder *builder);

/* Changes what comes out: `counts` are added to the true ones. */
struct recording_python_heap *python_builder_record(struct python_builder *python);

uint32_t python_builder_type(struct python_builder *python, const char *name);
/* The same text has one number; it must live as long as the builder. */
uint32_t python_builder_text(struct python_builder *python, const char *text);
/* A static object at the address, and one with a block of the site, with the collector's head. */
uint32_t python_builder_static(struct python_builder *python, uint64_t address, uint32_t type);
uint32_t python_builder_block(struct python_builder *python, struct recording_builder *builder,
                              uint32_t site, uint32_t type);
uint64_t python_builder_address(const struct python_builder *python, uint32_t object);
/* One more than the tests' references make: from C, from a frame that runs. */
void python_builder_refer(struct python_builder *python, uint32_t object, int64_t references);
void python_builder_flags(struct python_builder *python, uint32_t object, uint64_t set,
                          uint64_t clear);
/* In the order of the objects they are from. */
void python_builder_reference(struct python_builder *python, uint32_t from,
                              enum recording_python_label label, uint64_t value, uint32_t to);
void python_builder_attribute(struct python_builder *python, uint32_t from, const char *name,
                              uint32_t to);
/* Held by a running frame's local variable. */
void python_builder_local(struct python_builder *python, const char *function, const char *variable,
                          uint32_t object);

#endif
