/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SYMBOLS_H
#define LEAKGRAPH_SYMBOLS_H

/*
 * Turns addresses in ELF files into functions, files and lines. Together with debug_info.c and
 * elf_functions.c it is all that uses elfutils. A file is opened when its first address is asked
 * for, and used only when its build-id is the recorded one. Separate debug files are found by
 * build-id and debug link, and through debuginfod when DEBUGINFOD_URLS says so.
 *
 *     struct symbols *symbols = symbols_new(arena, false);
 *     struct symbol_module *module = symbols_module(symbols, path, build_id, build_id_bytes);
 *     const struct symbol_frames *at = symbols_find(symbols, module, address, is_return_address);
 *     symbols_free(symbols);         (closes the files; the frames are the arena's)
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/symbols/dwarf_types.h"
#include "analyzer/model.h"
#include "analyzer/symbols/tail_calls.h"

struct symbols;
struct symbol_module;

/* Innermost first: inlined functions, then the one they are in. At least one frame. */
struct symbol_frames {
    const struct frame *frames;
    size_t count;
};

struct symbols *symbols_new(struct arena *arena, bool without_symbols);
void symbols_free(struct symbols *symbols);

/* Equal files give equal pointers. */
struct symbol_module *symbols_module(struct symbols *symbols, const char *path,
                                     const uint8_t *build_id, size_t build_id_bytes);
/* A file of the C or C++ runtime: only its symbol table is read. */
bool symbols_is_runtime(const struct symbol_module *module);
bool symbols_is_installed(const struct symbol_module *module);
bool symbols_is_libstdcxx(const struct symbol_module *module);
/* Whether there is debug info for it. */
bool symbols_has_lines(struct symbols *symbols, struct symbol_module *module);
/* `address` is the file's own; module NULL: the memory belongs to no file. */
const struct symbol_frames *symbols_find(struct symbols *symbols, struct symbol_module *module,
                                         uint64_t address, bool is_return_address);

/* See tail_calls.h. `inner` is where the called function lies; its module is NULL when nothing is
 * known about it. */
struct symbol_place {
    struct symbol_module *module;
    uint64_t address;
};
size_t symbols_tail_calls(struct symbols *symbols, const struct symbol_place *caller,
                          const struct symbol_place *inner, uint64_t jumps[TAIL_CALLS_MOST]);

/* The module's types; NULL without debug info. */
struct dwarf_types *symbols_types(struct symbols *symbols, struct symbol_module *module);
/* The function at an address and what is inlined there, outermost first: the frames of symbols_find
 * in reverse. At most `most`; 0 without debug info. */
size_t symbols_scopes(struct symbols *symbols, struct symbol_module *module, uint64_t address,
                      bool is_return_address, Dwarf_Die *scopes, size_t most);

struct symbol_variable {
    const char *name;
    uint64_t offset;               /* where the address lies in it */
    const struct dwarf_type *type; /* NULL unknown */
    const char *file;              /* NULL unknown */
    unsigned line;
};
/* The global variable at an address; false when there is none. Asks debug info only when wanted:
 * walking that of a big library takes long. */
bool symbols_variable(struct symbols *symbols, struct symbol_module *module, uint64_t address,
                      bool with_debug_info, struct symbol_variable *found);
/* The variable at an offset of the storage that each thread has for the module. */
bool symbols_thread_variable(struct symbols *symbols, struct symbol_module *module, uint64_t offset,
                             struct symbol_variable *found);

struct symbol_frame_place {
    uint64_t pc; /* the file's own */
    bool is_return_address;
    uint64_t cfa; /* the frame's end in memory */
};
/* The local variable at an address in a frame. `scope`: which frame of symbols_find it belongs to.
 */
bool symbols_local(struct symbols *symbols, struct symbol_module *module,
                   const struct symbol_frame_place *place, uint64_t address,
                   struct symbol_variable *found, size_t *scope);

#endif
