/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RECORDING_BUILDER_H
#define LEAKGRAPH_RECORDING_BUILDER_H

/*
 * Makes recordings for the tests from preload/recording.h alone, so that reader and writer are
 * tested against the layout and not against each other.
 *
 *     struct recording_builder *builder = builder_new();
 *     uint32_t site = builder_simple_site(builder, 0x10);
 *     uint32_t node = builder_node(builder, 32, site);
 *     builder_edge(builder, node, 8, node, 0);
 *     builder_save(builder, path);
 *     builder_free(builder);
 *
 * Helpers end the test when memory or the disk fails.
 */

#include <stddef.h>
#include <stdint.h>

#include "preload/recording.h"

struct recording_builder;

/* Exited with status 0, one complete snapshot at exit, module 0 "/bin/robot", nothing else. */
struct recording_builder *builder_new(void);
void builder_free(struct recording_builder *builder);

/* To be changed before saving; counts and offsets are filled by it. */
struct recording_header *builder_header(struct recording_builder *builder);
struct recording_snapshot *builder_snapshot(struct recording_builder *builder);
void builder_without_snapshot(struct recording_builder *builder);
/* Keeps the snapshot as it is now; the next one starts as a copy of it. */
void builder_next_snapshot(struct recording_builder *builder);

uint64_t builder_string(struct recording_builder *builder, const char *bytes, size_t length);
uint32_t builder_module(struct recording_builder *builder, const struct recording_module *module);
uint32_t builder_stack(struct recording_builder *builder, uint32_t parent, uint64_t pc,
                       uint32_t module_and_flags);
uint32_t builder_site(struct recording_builder *builder, uint32_t stack);
/* A code object of Python, from 1, and a frame of it. */
uint32_t builder_code(struct recording_builder *builder, const char *name, const char *file,
                      uint32_t first_line);
uint32_t builder_python_stack(struct recording_builder *builder, uint32_t parent, uint32_t code,
                              uint32_t line);
/* A site whose stack is one frame of module 0. */
uint32_t builder_simple_site(struct recording_builder *builder, uint64_t pc);
void builder_counters(struct recording_builder *builder, uint32_t slot, uint32_t site,
                      const struct recording_site_counters *counters);
void builder_carry(struct recording_builder *builder, const struct recording_carry *carry);
void builder_inherited(struct recording_builder *builder, uint32_t site, uint64_t blocks,
                       uint64_t bytes);
void builder_error(struct recording_builder *builder, const struct recording_error *error);

/* Nodes get rising addresses, 16 bytes and more apart. Edges in any order, one for each word. */
uint32_t builder_type(struct recording_builder *builder, const char *name);
uint32_t builder_node(struct recording_builder *builder, uint64_t size_bytes, uint32_t site);
void builder_node_type(struct recording_builder *builder, uint32_t node, uint32_t type);
/* Nanoseconds since the start. Without a call the snapshot tells no births, as older recordings do.
 */
void builder_node_birth(struct recording_builder *builder, uint32_t node, uint64_t birth_ns);
void builder_node_kind(struct recording_builder *builder, uint32_t node,
                       enum recording_block_kind kind);
void builder_node_is_root(struct recording_builder *builder, uint32_t node);
void builder_edge(struct recording_builder *builder, uint32_t from, uint64_t offset, uint32_t to,
                  uint64_t target_offset);
void builder_tagged_edge(struct recording_builder *builder, uint32_t from, uint64_t offset,
                         uint32_t to);
void builder_root(struct recording_builder *builder, uint32_t node);
void builder_root_to(struct recording_builder *builder, uint32_t node, uint64_t offset);
void builder_without_roots(struct recording_builder *builder);
void builder_root_at(struct recording_builder *builder, uint32_t node,
                     enum recording_root_kind kind, uint64_t owner, uint64_t address);
/* Numbers of the stream of places, as they stand there. */
void builder_places(struct recording_builder *builder, const uint64_t *numbers, size_t count);
/* The same of the stream of owners. */
void builder_owners(struct recording_builder *builder, const uint64_t *numbers, size_t count);
void builder_freed(struct recording_builder *builder, uint32_t node);
uint64_t builder_address(const struct recording_builder *builder, uint32_t node);

/* Streams are cut into chunks of this many bytes; 0: one chunk. */
void builder_cut_streams(struct recording_builder *builder, size_t chunk_bytes);
/* More of the present snapshot, as tests/python_builder.h makes it: a record, or bytes of a stream.
 */
void builder_record(struct recording_builder *builder, enum recording_chunk_type type,
                    const void *record, size_t size);
void builder_stream(struct recording_builder *builder, enum recording_chunk_type type,
                    const void *bytes, size_t size);

/* The bytes of the file; the caller frees them. */
unsigned char *builder_bytes(struct recording_builder *builder, size_t *size);
void builder_save(struct recording_builder *builder, const char *path);
void save_bytes(const char *path, const void *bytes, size_t size);
/* The nth chunk of a type in such bytes; NULL when there is none. */
struct recording_chunk *find_chunk(unsigned char *bytes, size_t size,
                                   enum recording_chunk_type type, int number);

/* A new folder in memory for the test's files, and its end with all that is in it. */
char *make_test_folder(void);
void remove_test_folder(char *folder);
char *path_in(const char *folder, const char *name);

#endif
