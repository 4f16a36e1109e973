/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols/dwarf_locals.h"

#include <dwarf.h>
#include <string.h>

#include "analyzer/base/text.h"

enum { DEEPEST_BLOCK = 32, FRAME_POINTER = 6 /* rbp, in DWARF's numbers for x86-64 */ };

struct search {
    struct arena *arena;
    struct dwarf_types *types;
    uint64_t pc;
    int64_t base; /* the frame's base - its CFA */
    size_t scope;
    struct dwarf_locals *locals;
};

/* The only operation of an entry's attribute at this pc; NULL when there are several. */
static const Dwarf_Op *only_operation(Dwarf_Die *entry, unsigned attribute_name, uint64_t pc)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *operations;
    size_t count;
    if (!dwarf_attr(entry, attribute_name, &attribute) ||
        dwarf_getlocation_addr(&attribute, pc, &operations, &count, 1) != 1 || count != 1)
        return NULL;
    return operations;
}

/* A frame pointer points two words below the CFA. */
static bool find_base(Dwarf_Die *function, uint64_t pc, int64_t *base)
{
    const Dwarf_Op *operation = only_operation(function, DW_AT_frame_base, pc);
    if (!operation)
        return false;
    *base = operation->atom == DW_OP_call_frame_cfa ? 0 : -16;
    return operation->atom == DW_OP_call_frame_cfa || operation->atom == DW_OP_reg0 + FRAME_POINTER;
}

static void add(struct search *search, Dwarf_Die *entry)
{
    Dwarf_Attribute attribute;
    const Dwarf_Op *operation = only_operation(entry, DW_AT_location, search->pc);
    const struct dwarf_type *type = dwarf_types_of(search->types, entry);
    const char *name =
        dwarf_attr_integrate(entry, DW_AT_name, &attribute) ? dwarf_formstring(&attribute) : NULL;
    if (!operation || operation->atom != DW_OP_fbreg || !type || !name)
        return;
    struct dwarf_locals *locals = search->locals;
    locals->all = arena_grow(search->arena, locals->all, locals->count, &locals->capacity,
                             sizeof *locals->all);
    locals->all[locals->count++] = (struct dwarf_local){
        .name = text_utf8(search->arena, name, strlen(name)),
        .place = search->base + (int64_t)operation->number,
        .size_bytes = dwarf_type_size(type),
        .type = type,
        .scope = search->scope,
    };
}

/* Variables of blocks that pc is not in may have used the place before. */
static void add_all_of(struct search *search, Dwarf_Die *scope, int depth)
{
    Dwarf_Die child;
    if (depth > DEEPEST_BLOCK || dwarf_child(scope, &child) != 0)
        return;
    do {
        int tag = dwarf_tag(&child);
        if (tag == DW_TAG_variable || tag == DW_TAG_formal_parameter)
            add(search, &child);
        else if (tag == DW_TAG_lexical_block && dwarf_haspc(&child, search->pc) > 0)
            add_all_of(search, &child, depth + 1);
    } while (dwarf_siblingof(&child, &child) == 0);
}

const struct dwarf_locals *dwarf_locals_at(struct arena *arena, struct dwarf_types *types,
                                           Dwarf_Die *scopes, size_t scope_count, uint64_t pc)
{
    struct search search = {.arena = arena, .types = types, .pc = pc};
    search.locals = arena_alloc(arena, sizeof *search.locals);
    if (scope_count == 0 || !find_base(&scopes[0], pc, &search.base))
        return search.locals;
    for (search.scope = scope_count; search.scope-- > 0;)
        add_all_of(&search, &scopes[search.scope], 0);
    return search.locals;
}

const struct dwarf_local *dwarf_locals_find(const struct dwarf_locals *locals, uint64_t cfa,
                                            uint64_t address)
{
    for (size_t i = 0; i < locals->count; i++)
        if (address - (cfa + (uint64_t)locals->all[i].place) < locals->all[i].size_bytes)
            return &locals->all[i];
    return NULL;
}
