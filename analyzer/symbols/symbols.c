/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols/symbols.h"

#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/symbols/debug_files.h"
#include "analyzer/symbols/debug_info.h"
#include "analyzer/cxx/demangle.h"
#include "analyzer/symbols/dwarf_locals.h"
#include "analyzer/symbols/dwarf_variables.h"
#include "analyzer/symbols/elf_functions.h"
#include "analyzer/symbols/frame_kind.h"
#include "analyzer/base/text.h"

struct symbol_module {
    struct symbol_module *next;
    const char *path, *name;
    const uint8_t *build_id;
    size_t build_id_bytes;
    bool is_runtime;
    bool is_open; /* whether opening was tried */
    Dwfl *dwfl;
    Dwfl_Module *file;                 /* NULL: nothing is known about its addresses */
    struct elf_functions *functions;   /* NULL: not asked for yet */
    struct debug_info *debug_info;     /* NULL: none */
    struct dwarf_types *types;         /* NULL: not asked for yet */
    struct dwarf_variables *variables; /* the same */
};

/* A name from a symbol table or debug info, made readable. One function has many addresses. */
struct known_name {
    struct known_name *next;
    const char *from; /* does not move while the file is open */
    bool is_linker_name;
    const char *text;
};

struct found {
    struct found *next;
    struct symbol_module *module;
    uint64_t address;
    bool is_return_address;
    struct symbol_frames frames;
};

struct known_locals {
    struct known_locals *next;
    struct symbol_module *module;
    uint64_t pc;
    size_t scope_count;
    const struct dwarf_locals *locals;
};

enum { FOUND_BUCKETS = 1 << 14, NAME_BUCKETS = 1 << 12, LOCALS_BUCKETS = 1 << 10 };

struct symbols {
    struct arena *arena;
    bool without_symbols;
    struct symbol_module *modules;
    struct found **found;
    struct known_name **names;
    struct known_locals **locals;
};

struct symbols *symbols_new(struct arena *arena, bool without_symbols)
{
    struct symbols *symbols = arena_alloc(arena, sizeof *symbols);
    symbols->arena = arena;
    symbols->without_symbols = without_symbols;
    symbols->found = arena_array(arena, FOUND_BUCKETS, sizeof(*symbols->found));
    symbols->names = arena_array(arena, NAME_BUCKETS, sizeof(*symbols->names));
    symbols->locals = arena_array(arena, LOCALS_BUCKETS, sizeof(*symbols->locals));
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
    module->is_runtime = frame_module_is_runtime(module->name);
    module->build_id =
        (const uint8_t *)arena_copy(symbols->arena, (const char *)build_id, build_id_bytes);
    module->build_id_bytes = build_id_bytes;
    module->next = symbols->modules;
    symbols->modules = module;
    return module;
}

/* A library updated since then has other functions at the same addresses. */
static bool is_recorded_file(Dwfl_Module *file, const struct symbol_module *module)
{
    const unsigned char *build_id;
    GElf_Addr address;
    int bytes = dwfl_module_build_id(file, &build_id, &address);
    size_t build_id_bytes = bytes > 0 ? (size_t)bytes : 0;
    enum { RECORDED_BYTES = 32 }; /* the recording cuts longer ones */
    if (build_id_bytes > RECORDED_BYTES)
        build_id_bytes = RECORDED_BYTES;
    return build_id_bytes == module->build_id_bytes &&
           (build_id_bytes == 0 || memcmp(build_id, module->build_id, build_id_bytes) == 0);
}

static void open_module(struct symbols *symbols, struct symbol_module *module)
{
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_build_id_find_elf,
        .find_debuginfo = debug_files_find,
        .section_address = debug_files_no_section,
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
    /* libc's debug info takes longer to unpack than a report may last, and nobody can change its
     * lines. */
    if (!module->is_runtime)
        module->debug_info = debug_info_new(symbols->arena, file);
}

bool symbols_is_runtime(const struct symbol_module *module)
{
    return module->is_runtime;
}

bool symbols_is_installed(const struct symbol_module *module)
{
    return frame_module_is_installed(module->path);
}

bool symbols_is_libstdcxx(const struct symbol_module *module)
{
    return strncmp(module->name, "libstdc++.so", strlen("libstdc++.so")) == 0;
}

bool symbols_has_lines(struct symbols *symbols, struct symbol_module *module)
{
    if (!module->is_runtime)
        open_module(symbols, module);
    return module->debug_info != NULL;
}

static const char *symbol_at(struct symbols *symbols, struct symbol_module *module,
                             uint64_t address)
{
    if (!module->functions)
        module->functions = elf_functions_new(symbols->arena, module->file);
    return elf_functions_find(module->functions, address);
}

static size_t hash_pointer(const void *pointer, size_t buckets)
{
    return (size_t)(((uintptr_t)pointer * UINT64_C(0x9e3779b97f4a7c15)) >> 40) % buckets;
}

static const char *readable(struct symbols *symbols, const char *from, bool is_linker_name)
{
    struct known_name **bucket = &symbols->names[hash_pointer(from, NAME_BUCKETS)];
    for (struct known_name *known = *bucket; known; known = known->next)
        if (known->from == from && known->is_linker_name == is_linker_name)
            return known->text;
    struct known_name *known = arena_alloc(symbols->arena, sizeof *known);
    *known = (struct known_name){.next = *bucket, .from = from, .is_linker_name = is_linker_name};
    known->text = is_linker_name ? demangle(symbols->arena, from)
                                 : text_utf8(symbols->arena, from, strlen(from));
    *bucket = known;
    return known->text;
}

/* DWARF's linker name includes the scope. Without one (C, extern "C") the plain name is better than
 * a symbol, as one address has several symbols, unless the symbol table has a mangled one. */
static const char *linker_name(struct symbols *symbols, struct symbol_module *module,
                               const struct debug_frame *frame, bool inlined, uint64_t address)
{
    if (frame->linkage_name || inlined || frame->is_plain)
        return frame->linkage_name;
    const char *symbol = symbol_at(symbols, module, address);
    bool is_mangled = symbol && symbol[0] == '_' && (symbol[1] == 'Z' || symbol[1] == 'R');
    return is_mangled || !frame->name ? symbol : NULL;
}

static void name_function(struct frame *frame, struct symbols *symbols, const char *linkage_name,
                          const char *name)
{
    if (linkage_name) {
        frame->function = readable(symbols, linkage_name, true);
        if (strcmp(frame->function, linkage_name) != 0)
            frame->symbol = readable(symbols, linkage_name, false);
    } else if (name) {
        frame->function = readable(symbols, name, false);
    }
}

static struct frame describe(struct symbols *symbols, struct symbol_module *module,
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
    name_function(&frame, symbols, linker_name(symbols, module, from, inlined, address),
                  from->name);
    if (from->file && from->line > 0) {
        frame.file = readable(symbols, from->file, false);
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

/* A jump into another library (not the runtime): whether the name resolves to it is uncertain. */
size_t symbols_tail_calls(struct symbols *symbols, const struct symbol_place *caller,
                          const struct symbol_place *inner, uint64_t jumps[TAIL_CALLS_MOST])
{
    struct symbol_module *module = caller->module;
    bool is_same = inner->module == module;
    open_module(symbols, module);
    if (!module->debug_info || (inner->module && !is_same && !inner->module->is_runtime))
        return 0;
    if (!module->functions)
        module->functions = elf_functions_new(symbols->arena, module->file);
    return tail_calls_find(module->debug_info, module->functions, caller->address,
                           is_same ? inner->address : 0, jumps);
}

struct dwarf_types *symbols_types(struct symbols *symbols, struct symbol_module *module)
{
    uint64_t bias;
    open_module(symbols, module);
    if (!module->types && module->debug_info)
        module->types =
            dwarf_types_new(symbols->arena, debug_info_dwarf(module->debug_info, &bias));
    return module->types;
}

size_t symbols_scopes(struct symbols *symbols, struct symbol_module *module, uint64_t address,
                      bool is_return_address, Dwarf_Die *scopes, size_t most)
{
    Dwarf_Die found[DEBUG_INFO_FRAMES];
    open_module(symbols, module);
    if (!module->debug_info)
        return 0;
    size_t count =
        debug_info_scopes(module->debug_info, address - (is_return_address && address), found);
    if (count > most)
        return 0;
    memcpy(scopes, found, count * sizeof *scopes);
    return count;
}

static bool variable_of_debug_info(struct symbols *symbols, struct symbol_module *module,
                                   enum dwarf_variable_kind kind, uint64_t address,
                                   struct symbol_variable *found)
{
    uint64_t bias;
    struct dwarf_variable variable;
    struct dwarf_types *types = symbols_types(symbols, module);
    if (!types)
        return false;
    Dwarf *dwarf = debug_info_dwarf(module->debug_info, &bias);
    if (!module->variables)
        module->variables = dwarf_variables_new(symbols->arena, dwarf, types);
    address -= kind == DWARF_VARIABLE_GLOBAL ? bias : 0;
    if (!dwarf_variables_find(module->variables, kind, address, &variable) || !variable.name)
        return false;
    *found = (struct symbol_variable){
        .name = variable.name,
        .offset = address - variable.address,
        .type = variable.type,
        .file = variable.file,
        .line = variable.line,
    };
    return true;
}

static bool variable_of_symbol_table(struct symbols *symbols, struct symbol_module *module,
                                     uint64_t address, struct symbol_variable *found)
{
    GElf_Off offset;
    GElf_Sym symbol;
    const char *name =
        dwfl_module_addrinfo(module->file, address, &offset, &symbol, NULL, NULL, NULL);
    if (!name || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT || offset >= symbol.st_size)
        return false;
    *found = (struct symbol_variable){.name = demangle(symbols->arena, name), .offset = offset};
    return true;
}

bool symbols_variable(struct symbols *symbols, struct symbol_module *module, uint64_t address,
                      bool with_debug_info, struct symbol_variable *found)
{
    open_module(symbols, module);
    if (!module->file)
        return false;
    return (with_debug_info &&
            variable_of_debug_info(symbols, module, DWARF_VARIABLE_GLOBAL, address, found)) ||
           variable_of_symbol_table(symbols, module, address, found);
}

static bool thread_variable_of_symbol_table(struct symbols *symbols, struct symbol_module *module,
                                            uint64_t offset, struct symbol_variable *found)
{
    int count = dwfl_module_getsymtab(module->file);
    for (int i = 0; i < count; i++) {
        GElf_Sym symbol;
        const char *name = dwfl_module_getsym(module->file, i, &symbol, NULL);
        if (!name || GELF_ST_TYPE(symbol.st_info) != STT_TLS || symbol.st_shndx == SHN_UNDEF ||
            offset - symbol.st_value >= symbol.st_size)
            continue;
        *found = (struct symbol_variable){.name = demangle(symbols->arena, name),
                                          .offset = offset - symbol.st_value};
        return true;
    }
    return false;
}

bool symbols_thread_variable(struct symbols *symbols, struct symbol_module *module, uint64_t offset,
                             struct symbol_variable *found)
{
    open_module(symbols, module);
    if (!module->file)
        return false;
    return variable_of_debug_info(symbols, module, DWARF_VARIABLE_OF_THREAD, offset, found) ||
           thread_variable_of_symbol_table(symbols, module, offset, found);
}

/* The locals at one address; deep recursion asks for the same again and again. */
static struct known_locals *locals_at(struct symbols *symbols, struct symbol_module *module,
                                      const struct symbol_frame_place *place)
{
    uint64_t bias, pc = place->pc - place->is_return_address;
    struct known_locals **bucket = &symbols->locals[bucket_of(module, pc) % LOCALS_BUCKETS];
    for (struct known_locals *known = *bucket; known; known = known->next)
        if (known->module == module && known->pc == pc)
            return known;
    Dwarf_Die scopes[DEBUG_INFO_FRAMES];
    struct known_locals *known = arena_alloc(symbols->arena, sizeof *known);
    size_t count = symbols_scopes(symbols, module, pc, false, scopes, DEBUG_INFO_FRAMES);
    debug_info_dwarf(module->debug_info, &bias);
    *known = (struct known_locals){
        .next = *bucket,
        .module = module,
        .pc = pc,
        .scope_count = count,
        .locals = dwarf_locals_at(symbols->arena, symbols_types(symbols, module), scopes, count,
                                  pc - bias),
    };
    return *bucket = known;
}

bool symbols_local(struct symbols *symbols, struct symbol_module *module,
                   const struct symbol_frame_place *place, uint64_t address,
                   struct symbol_variable *found, size_t *scope)
{
    if (!symbols_types(symbols, module))
        return false;
    const struct known_locals *known = locals_at(symbols, module, place);
    const struct dwarf_local *local = dwarf_locals_find(known->locals, place->cfa, address);
    if (!local)
        return false;
    *found = (struct symbol_variable){
        .name = local->name,
        .offset = address - (place->cfa + (uint64_t)local->place),
        .type = local->type,
    };
    *scope = known->scope_count - 1 - local->scope;
    return true;
}
