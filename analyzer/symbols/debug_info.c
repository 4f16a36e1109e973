/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols/debug_info.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

/* How deep entries may nest: damaged DWARF must not recurse for ever. */
enum { DEEPEST_TREE = 128 };

struct function {
    uint64_t low, high;
    Dwarf_Die entry;
};

struct unit {
    struct unit *next; /* in the same bucket */
    Dwarf_Die lines;   /* the unit's entry, with the line table */
    Dwarf_Die entries; /* the same, or the one in the .dwo file */
    bool is_read;
    struct function *functions; /* sorted by low */
    size_t function_count, function_capacity;
};

struct range {
    uint64_t low, high;
    struct unit *unit;
};

enum { UNIT_BUCKETS = 1024 };

struct debug_info {
    struct arena *arena;
    Dwarf *dwarf;
    uint64_t bias;                    /* address in the file - address in the DWARF */
    struct unit *units[UNIT_BUCKETS]; /* those needed so far, by the place of their entry */
    bool is_indexed;                  /* `ranges` covers all units */
    struct range *ranges;             /* sorted by low */
    size_t range_count, range_capacity;
};

/* --- units --- */

static void add_ranges(struct debug_info *info, struct unit *unit)
{
    Dwarf_Addr base, low, high;
    ptrdiff_t next = 0;
    while ((next = dwarf_ranges(&unit->lines, next, &base, &low, &high)) > 0) {
        if (low == 0 || low >= high)
            continue; /* 0: a function that the linker dropped */
        info->ranges = arena_grow(info->arena, info->ranges, info->range_count,
                                  &info->range_capacity, sizeof *info->ranges);
        info->ranges[info->range_count++] = (struct range){low, high, unit};
    }
}

static int compare_ranges(const void *left, const void *right)
{
    const struct range *one = left, *other = right;
    return one->low < other->low ? -1 : one->low > other->low;
}

static struct unit *unit_of(struct debug_info *info, const Dwarf_Die *entry)
{
    struct unit **bucket = &info->units[dwarf_dieoffset((Dwarf_Die *)entry) % UNIT_BUCKETS];
    for (struct unit *unit = *bucket; unit; unit = unit->next)
        if (unit->lines.addr == entry->addr)
            return unit;
    Dwarf_Die own, split;
    uint8_t type;
    struct unit *unit = arena_alloc(info->arena, sizeof *unit);
    bool is_split = dwarf_cu_info(entry->cu, NULL, &type, &own, &split, NULL, NULL, NULL) == 0 &&
                    type == DW_UT_skeleton && dwarf_tag(&split) != DW_TAG_invalid;
    *unit = (struct unit){.next = *bucket, .lines = *entry, .entries = is_split ? split : *entry};
    return *bucket = unit;
}

static void index_units(struct debug_info *info)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die entry;
    if (info->is_indexed)
        return;
    info->is_indexed = true;
    while (dwarf_get_units(info->dwarf, unit, &unit, NULL, NULL, &entry, NULL) == 0) {
        int tag = dwarf_tag(&entry);
        if (tag == DW_TAG_compile_unit || tag == DW_TAG_skeleton_unit)
            add_ranges(info, unit_of(info, &entry));
    }
    if (info->range_count)
        qsort(info->ranges, info->range_count, sizeof *info->ranges, compare_ranges);
}

struct debug_info *debug_info_new(struct arena *arena, Dwfl_Module *module)
{
    Dwarf_Addr bias;
    Dwarf *dwarf = dwfl_module_getdwarf(module, &bias);
    if (!dwarf)
        return NULL;
    struct debug_info *info = arena_alloc(arena, sizeof *info);
    info->arena = arena;
    info->dwarf = dwarf;
    info->bias = bias;
    return info;
}

static struct unit *find_in_ranges(const struct debug_info *info, uint64_t address)
{
    size_t low = 0, high = info->range_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (info->ranges[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || address >= info->ranges[low - 1].high)
        return NULL;
    return info->ranges[low - 1].unit;
}

/* .debug_aranges names the unit without a look at the others. clang writes none, so the units
 * themselves must tell. */
static struct unit *find_unit(struct debug_info *info, uint64_t address)
{
    Dwarf_Die entry;
    if (!info->is_indexed && dwarf_addrdie(info->dwarf, address, &entry))
        return unit_of(info, &entry);
    index_units(info);
    return find_in_ranges(info, address);
}

/* --- functions of a unit --- */

static void add_function(struct debug_info *info, struct unit *unit, Dwarf_Die *entry)
{
    Dwarf_Addr base, low, high;
    ptrdiff_t next = 0;
    while ((next = dwarf_ranges(entry, next, &base, &low, &high)) > 0) {
        if (low >= high)
            continue;
        unit->functions = arena_grow(info->arena, unit->functions, unit->function_count,
                                     &unit->function_capacity, sizeof *unit->functions);
        unit->functions[unit->function_count++] = (struct function){low, high, *entry};
    }
}

static bool may_hold_functions(int tag)
{
    return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_subprogram ||
           tag == DW_TAG_lexical_block || tag == DW_TAG_structure_type ||
           tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

static void collect_functions(struct debug_info *info, struct unit *unit, Dwarf_Die *parent,
                              int depth)
{
    Dwarf_Die child;
    if (depth > DEEPEST_TREE || dwarf_child(parent, &child) != 0)
        return;
    do {
        int tag = dwarf_tag(&child);
        if (tag == DW_TAG_subprogram)
            add_function(info, unit, &child);
        if (may_hold_functions(tag))
            collect_functions(info, unit, &child, depth + 1);
    } while (dwarf_siblingof(&child, &child) == 0);
}

static int compare_functions(const void *left, const void *right)
{
    const struct function *one = left, *other = right;
    return one->low < other->low ? -1 : one->low > other->low;
}

static void read_unit(struct debug_info *info, struct unit *unit)
{
    if (unit->is_read)
        return;
    unit->is_read = true;
    collect_functions(info, unit, &unit->entries, 0);
    if (unit->function_count)
        qsort(unit->functions, unit->function_count, sizeof *unit->functions, compare_functions);
}

static Dwarf_Die *find_function(struct unit *unit, uint64_t address)
{
    enum { LOOK_BACK = 16 }; /* to get past functions that lie inside a longer one */
    size_t low = 0, high = unit->function_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (unit->functions[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i > 0 && low - i < LOOK_BACK; i--)
        if (address < unit->functions[i - 1].high)
            return &unit->functions[i - 1].entry;
    return NULL;
}

/* --- frames --- */

static bool inlined_at(Dwarf_Die *parent, uint64_t address, Dwarf_Die *found)
{
    Dwarf_Die child;
    if (dwarf_child(parent, &child) != 0)
        return false;
    do {
        int tag = dwarf_tag(&child);
        bool is_block = tag == DW_TAG_lexical_block || tag == DW_TAG_try_block ||
                        tag == DW_TAG_catch_block || tag == DW_TAG_inlined_subroutine;
        if (is_block && dwarf_haspc(&child, address) > 0) {
            *found = child;
            return true;
        }
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
}

/* The function at the address and what is inlined there, outermost first. */
static size_t inline_chain(const Dwarf_Die *function, uint64_t address,
                           Dwarf_Die chain[DEBUG_INFO_FRAMES])
{
    Dwarf_Die scope = *function;
    size_t count = 0;
    chain[count++] = scope;
    for (int depth = 0; depth < DEEPEST_TREE && count < DEBUG_INFO_FRAMES; depth++) {
        Dwarf_Die inner;
        if (!inlined_at(&scope, address, &inner))
            break;
        if (dwarf_tag(&inner) == DW_TAG_inlined_subroutine)
            chain[count++] = inner;
        scope = inner;
    }
    return count;
}

/* Where a function was declared. An inlined function, or one defined outside of its class, refers
 * to it step by step. */
static Dwarf_Die declaration_of(const Dwarf_Die *entry)
{
    enum { MOST_STEPS = 8 };
    Dwarf_Die at = *entry;
    for (int step = 0; step < MOST_STEPS; step++) {
        Dwarf_Attribute attribute;
        Dwarf_Die next;
        if ((!dwarf_attr(&at, DW_AT_abstract_origin, &attribute) &&
             !dwarf_attr(&at, DW_AT_specification, &attribute)) ||
            !dwarf_formref_die(&attribute, &next))
            break;
        at = next;
    }
    return at;
}

static const char *scope_name(Dwarf_Die *scope)
{
    const char *name = dwarf_diename(scope);
    switch (dwarf_tag(scope)) {
    case DW_TAG_namespace:
        return name ? name : "(anonymous namespace)";
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
    case DW_TAG_module:
        return name;
    default:
        return NULL;
    }
}

static bool has_scopes(struct unit *unit)
{
    switch (dwarf_srclang(&unit->lines)) {
    case DW_LANG_C:
    case DW_LANG_C89:
    case DW_LANG_C99:
    case DW_LANG_C11:
    case DW_LANG_Mips_Assembler:
        return false;
    default:
        return true;
    }
}

/* The child whose entries include the one at `offset`: the last that does not start after it. */
static bool child_around(Dwarf_Die *parent, Dwarf_Off offset, Dwarf_Die *around)
{
    Dwarf_Die child;
    bool found = false;
    if (dwarf_child(parent, &child) != 0)
        return false;
    while (dwarf_dieoffset(&child) <= offset) {
        *around = child;
        found = true;
        if (dwarf_siblingof(&child, &child) != 0)
            break;
    }
    return found;
}

/* GCC gives static functions no linker name: their scope is where the declaration stands. C has
 * none. Things local to a function get the function's whole name as scope, and an operator() that
 * stands there without a class belongs to a lambda. */
static const char *qualified_name(struct debug_info *info, Dwarf_Die *entry, const char *name,
                                  int nesting)
{
    enum { DEEPEST_NESTING = 8 };
    Dwarf_Die declaration = declaration_of(entry), scope, unit, split;
    Dwarf_Off offset = dwarf_dieoffset(&declaration);
    const char *scopes = "";
    bool in_function = false;
    if (nesting > DEEPEST_NESTING ||
        dwarf_cu_info(declaration.cu, NULL, NULL, &unit, &split, NULL, NULL, NULL) != 0)
        return name;
    scope = unit;
    for (int depth = 0; depth < DEEPEST_TREE && child_around(&scope, offset, &scope); depth++) {
        const char *outer = scope_name(&scope), *function = NULL;
        if (dwarf_dieoffset(&scope) == offset)
            break;
        if (dwarf_tag(&scope) == DW_TAG_subprogram)
            function = dwarf_diename(&scope);
        if (function)
            scopes = arena_printf(info->arena,
                                  "%s::", qualified_name(info, &scope, function, nesting + 1));
        else if (outer)
            scopes = arena_printf(info->arena, "%s%s::", scopes, outer);
        in_function = function || (in_function && !outer);
    }
    bool is_lambda = in_function && strcmp(name, "operator()") == 0;
    return *scopes
               ? arena_printf(info->arena, "%s%s%s", scopes, is_lambda ? "{lambda}::" : "", name)
               : name;
}

static void name_frame(struct debug_info *info, struct debug_frame *frame, struct unit *unit,
                       Dwarf_Die *entry)
{
    Dwarf_Attribute attribute;
    frame->name = dwarf_diename(entry);
    if (dwarf_attr_integrate(entry, DW_AT_linkage_name, &attribute) ||
        dwarf_attr_integrate(entry, DW_AT_MIPS_linkage_name, &attribute))
        frame->linkage_name = dwarf_formstring(&attribute);
    else if (frame->name && has_scopes(unit))
        frame->name = qualified_name(info, entry, frame->name, 0);
    else
        frame->is_plain = frame->name && frame->name[0] != '_';
}

static bool number_of(Dwarf_Die *entry, unsigned name, Dwarf_Word *value)
{
    Dwarf_Attribute attribute;
    return dwarf_attr(entry, name, &attribute) && dwarf_formudata(&attribute, value) == 0;
}

/* libdw leaves relative names to us: they start where the compiler ran. */
static const char *whole_path(struct debug_info *info, struct unit *unit, const char *file)
{
    Dwarf_Attribute attribute;
    const char *folder = NULL;
    if (!file || *file == '/' || *file == '<')
        return file;
    if (dwarf_attr(&unit->lines, DW_AT_comp_dir, &attribute) ||
        dwarf_attr(&unit->entries, DW_AT_comp_dir, &attribute))
        folder = dwarf_formstring(&attribute);
    if (!folder || *folder != '/')
        return file;
    while (strncmp(file, "./", 2) == 0)
        file += 2;
    return arena_printf(info->arena, "%s/%s", folder, file);
}

static void place_call(struct debug_info *info, struct debug_frame *frame, struct unit *unit,
                       Dwarf_Die *inlined)
{
    Dwarf_Files *files;
    size_t count;
    Dwarf_Word file, line;
    if (!number_of(inlined, DW_AT_call_file, &file) ||
        !number_of(inlined, DW_AT_call_line, &line) ||
        dwarf_getsrcfiles(&unit->lines, &files, &count) != 0 || file >= count)
        return;
    frame->file = whole_path(info, unit, dwarf_filesrc(files, file, NULL, NULL));
    frame->line = (int)line;
}

static void place_address(struct debug_info *info, struct debug_frame *frame, struct unit *unit,
                          uint64_t address)
{
    Dwarf_Line *line = dwarf_getsrc_die(&unit->lines, address);
    if (!line)
        return;
    frame->file = whole_path(info, unit, dwarf_linesrc(line, NULL, NULL));
    dwarf_lineno(line, &frame->line);
}

/* The functions around an address of the unit, innermost last. */
static size_t scopes_in(struct debug_info *info, struct unit *unit, uint64_t address,
                        Dwarf_Die scopes[DEBUG_INFO_FRAMES])
{
    read_unit(info, unit);
    Dwarf_Die *function = find_function(unit, address);
    return function ? inline_chain(function, address, scopes) : 0;
}

size_t debug_info_scopes(struct debug_info *info, uint64_t address,
                         Dwarf_Die scopes[DEBUG_INFO_FRAMES])
{
    address -= info->bias;
    struct unit *unit = find_unit(info, address);
    return unit ? scopes_in(info, unit, address, scopes) : 0;
}

size_t debug_info_find(struct debug_info *info, uint64_t address,
                       struct debug_frame frames[DEBUG_INFO_FRAMES])
{
    Dwarf_Die chain[DEBUG_INFO_FRAMES];
    address -= info->bias;
    struct unit *unit = find_unit(info, address);
    if (!unit)
        return 0;
    size_t count = scopes_in(info, unit, address, chain);

    frames[0] = (struct debug_frame){0};
    place_address(info, &frames[0], unit, address);
    for (size_t i = 0; i < count; i++) {
        Dwarf_Die *entry = &chain[count - 1 - i];
        name_frame(info, &frames[i], unit, entry);
        if (i + 1 < count) {
            frames[i + 1] = (struct debug_frame){0};
            place_call(info, &frames[i + 1], unit, entry);
        }
    }
    if (count)
        return count;
    return frames[0].file ? 1 : 0;
}

Dwarf *debug_info_dwarf(const struct debug_info *info, uint64_t *bias)
{
    *bias = info->bias;
    return info->dwarf;
}
