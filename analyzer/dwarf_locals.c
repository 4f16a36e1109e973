/* SPDX-License-Identifier: MIT */
#include "analyzer/dwarf_locals.h"

#include <dwarf.h>
#include <string.h>

#include "analyzer/text.h"

enum { DEEPEST_BLOCK = 32, FRAME_POINTER = 6 /* rbp, in DWARF's numbers for x86-64 */ };

struct search {
    struct arena *arena;
    struct dwarf_types *types;
    const struct dwarf_frame *frame;
    uint64_t base, address;
    struct dwarf_local *found;
};

/* The only operation of an entry's attribute at this pc; NULL when there are more. */
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

/* A function that keeps a frame pointer has it two words below its CFA. */
static bool find_base(const struct dwarf_frame *frame, uint64_t *base)
{
    const Dwarf_Op *operation = only_operation(&frame->scopes[0], DW_AT_frame_base, frame->pc);
    if (!operation)
        return false;
    *base = operation->atom == DW_OP_call_frame_cfa ? frame->cfa : frame->cfa - 16;
    return operation->atom == DW_OP_call_frame_cfa || operation->atom == DW_OP_reg0 + FRAME_POINTER;
}

static bool is_there(struct search *search, Dwarf_Die *entry)
{
    const Dwarf_Op *operation = only_operation(entry, DW_AT_location, search->frame->pc);
    const struct dwarf_type *type = dwarf_types_of(search->types, entry);
    if (!operation || operation->atom != DW_OP_fbreg || !type)
        return false;
    uint64_t size = dwarf_type_size(type);
    uint64_t offset = search->address - (search->base + operation->number);
    if (offset >= size)
        return false;
    Dwarf_Attribute attribute;
    const char *name = NULL;
    if (dwarf_attr_integrate(entry, DW_AT_name, &attribute))
        name = dwarf_formstring(&attribute);
    if (!name)
        return false;
    *search->found = (struct dwarf_local){
        .name = text_utf8(search->arena, name, strlen(name)), .offset = offset, .type = type};
    return true;
}

/* Blocks that the pc is not in may have had the place before. */
static bool look_in(struct search *search, Dwarf_Die *scope, int depth)
{
    Dwarf_Die child;
    if (depth > DEEPEST_BLOCK || dwarf_child(scope, &child) != 0)
        return false;
    do {
        int tag = dwarf_tag(&child);
        if ((tag == DW_TAG_variable || tag == DW_TAG_formal_parameter) && is_there(search, &child))
            return true;
        if (tag == DW_TAG_lexical_block && dwarf_haspc(&child, search->frame->pc) > 0 &&
            look_in(search, &child, depth + 1))
            return true;
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
}

bool dwarf_locals_find(struct arena *arena, struct dwarf_types *types, const struct dwarf_frame *frame,
                       uint64_t address, struct dwarf_local *found)
{
    struct search search = {arena, types, frame, 0, address, found};
    if (frame->scope_count == 0 || !find_base(frame, &search.base))
        return false;
    for (size_t i = frame->scope_count; i-- > 0;) {
        if (look_in(&search, &frame->scopes[i], 0)) {
            found->scope = i;
            return true;
        }
    }
    return false;
}
