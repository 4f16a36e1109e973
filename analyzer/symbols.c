/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols.h"

#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/debug_info.h"
#include "analyzer/demangle.h"
#include "analyzer/elf_functions.h"
#include "analyzer/text.h"

struct symbol_module {
    struct symbol_module *next;
    const char *path, *name;
    const uint8_t *build_id;
    size_t build_id_bytes;
    bool is_open; /* tried to */
    Dwfl *dwfl;
    Dwfl_Module *file; /* NULL: nothing can be said about its addresses */
    struct elf_functions *functions;
    struct debug_info *debug_info; /* NULL: none */
};

struct found {
    struct found *next;
    struct symbol_module *module;
    uint64_t address;
    bool is_return_address;
    struct symbol_frames frames;
};

enum { FOUND_BUCKETS = 1 << 16 };

struct symbols {
    struct arena *arena;
    bool without_symbols;
    struct symbol_module *modules;
    struct found **found;
};

struct symbols *symbols_new(struct arena *arena, bool without_symbols)
{
    struct symbols *symbols = arena_alloc(arena, sizeof *symbols);
    symbols->arena = arena;
    symbols->without_symbols = without_symbols;
    symbols->found = arena_array(arena, FOUND_BUCKETS, sizeof *symbols->found);
    return symbols;
}

void symbols_free(struct symbols *symbols)
{
    if (!symbols)
        return;
    for (struct symbol_module *module = symbols->modules; module; module = module->next)
        if (module->dwfl)
            dwfl_end(module->dwfl);
}

struct symbol_module *symbols_module(struct symbols *symbols, const char *path,
                                     const uint8_t *build_id, size_t build_id_bytes)
{
    for (struct symbol_module *module = symbols->modules; module; module = module->next)
        if (strcmp(module->path, path) == 0 && module->build_id_bytes == build_id_bytes &&
            memcmp(module->build_id, build_id, build_id_bytes) == 0)
            return module;
    struct symbol_module *module = arena_alloc(symbols->arena, sizeof *module);
    module->path = arena_copy(symbols->arena, path, strlen(path));
    module->name = text_base_name(module->path);
    module->build_id =
        (const uint8_t *)arena_copy(symbols->arena, (const char *)build_id, build_id_bytes);
    module->build_id_bytes = build_id_bytes;
    module->next = symbols->modules;
    symbols->modules = module;
    return module;
}

static int no_section_address(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                              const char *section, GElf_Word index, const GElf_Shdr *header,
                              Dwarf_Addr *address)
{
    /* Asked for relocatable objects only, which are never mapped. */
    (void)module, (void)data, (void)name, (void)base, (void)section, (void)index, (void)header;
    *address = (Dwarf_Addr)-1;
    return 0;
}

/* A library that was updated since has other functions at the same addresses. */
static bool is_recorded_file(Dwfl_Module *file, const struct symbol_module *module)
{
    const unsigned char *build_id;
    GElf_Addr address;
    int bytes = dwfl_module_build_id(file, &build_id, &address);
    size_t build_id_bytes = bytes > 0 ? (size_t)bytes : 0;
    enum { RECORDED_BYTES = 32 }; /* longer ones are cut in the recording */
    if (build_id_bytes > RECORDED_BYTES)
        build_id_bytes = RECORDED_BYTES;
    return build_id_bytes == module->build_id_bytes &&
           (build_id_bytes == 0 || memcmp(build_id, module->build_id, build_id_bytes) == 0);
}

static void open_module(struct symbols *symbols, struct symbol_module *module)
{
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_build_id_find_elf,
        .find_debuginfo = dwfl_standard_find_debuginfo,
        .section_address = no_section_address,
    };
    if (module->is_open)
        return;
    module->is_open = true;
    if (symbols->without_symbols || module->path[0] != '/')
        return;
    module->dwfl = dwfl_begin(&callbacks);
    if (!module->dwfl)
        return;
    dwfl_report_begin(module->dwfl);
    Dwfl_Module *file = dwfl_report_elf(module->dwfl, module->path, module->path, -1, 0, true);
    dwfl_report_end(module->dwfl, NULL, NULL);
    if (!file || !is_recorded_file(file, module))
        return;
    module->file = file;
    module->debug_info = debug_info_new(symbols->arena, file);
    module->functions = elf_functions_new(symbols->arena, file);
}

/* The DWARF's linker name knows the scope. Without one (C, extern "C") the plain name is the better
   of the two, as one address has several symbols: unless the symbol table knows a mangled one. */
static const char *linker_name(const struct symbol_module *module, const struct debug_frame *frame,
                               bool inlined, uint64_t address)
{
    if (frame->linkage_name || inlined)
        return frame->linkage_name;
    const char *symbol = elf_functions_find(module->functions, address);
    bool is_mangled = symbol && symbol[0] == '_' && (symbol[1] == 'Z' || symbol[1] == 'R');
    return is_mangled || !frame->name ? symbol : NULL;
}

static void name_function(struct frame *frame, struct symbols *symbols, const char *linkage_name,
                          const char *name)
{
    if (linkage_name) {
        frame->function = demangle(symbols->arena, linkage_name);
        if (strcmp(frame->function, linkage_name) != 0)
            frame->symbol = text_utf8(symbols->arena, linkage_name, strlen(linkage_name));
    } else if (name) {
        frame->function = text_utf8(symbols->arena, name, strlen(name));
    }
}

static struct frame describe(struct symbols *symbols, const struct symbol_module *module,
                             const struct debug_frame *from, bool inlined, uint64_t address)
{
    struct frame frame = {
        .module = module->name,
        .module_path = module->path,
        .offset = address,
        .language = FRAME_NATIVE,
        .inlined = inlined,
    };
    if (!module->file)
        return frame;
    name_function(&frame, symbols, linker_name(module, from, inlined, address), from->name);
    if (from->file && from->line > 0) {
        frame.file = text_utf8(symbols->arena, from->file, strlen(from->file));
        frame.line = (unsigned)from->line;
    }
    return frame;
}

static struct symbol_frames look_up(struct symbols *symbols, struct symbol_module *module,
                                    uint64_t address)
{
    struct debug_frame found[DEBUG_INFO_FRAMES] = {{0}};
    size_t count = 0;
    if (module)
        open_module(symbols, module);
    if (module && module->debug_info)
        count = debug_info_find(module->debug_info, address, found);
    if (count == 0)
        count = 1;
    struct frame *frames = arena_array(symbols->arena, count, sizeof *frames);
    if (!module)
        frames[0].offset = address;
    for (size_t i = 0; module && i < count; i++)
        frames[i] = describe(symbols, module, &found[i], i + 1 < count, address);
    return (struct symbol_frames){frames, count};
}

static size_t bucket_of(const struct symbol_module *module, uint64_t address)
{
    uint64_t hash = (address ^ (uintptr_t)module) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash >> 48) % FOUND_BUCKETS;
}

const struct symbol_frames *symbols_find(struct symbols *symbols, struct symbol_module *module,
                                         uint64_t address, bool is_return_address)
{
    struct found **bucket = &symbols->found[bucket_of(module, address)];
    for (struct found *found = *bucket; found; found = found->next)
        if (found->address == address && found->module == module &&
            found->is_return_address == is_return_address)
            return &found->frames;
    /* A call may be the last instruction of its function and of its line. */
    uint64_t instruction = is_return_address && address ? address - 1 : address;
    struct found *found = arena_alloc(symbols->arena, sizeof *found);
    found->module = module;
    found->address = address;
    found->is_return_address = is_return_address;
    found->frames = look_up(symbols, module, instruction);
    found->next = *bucket;
    *bucket = found;
    return &found->frames;
}
