/* SPDX-License-Identifier: MIT */
#include "analyzer/dwarf_variables.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/text.h"

enum { DEEPEST_TREE = 64 };

struct entry {
    uint64_t address;
    Dwarf_Die die;
    const char *scope; /* NULL: none */
};

struct dwarf_variables {
    struct arena *arena;
    Dwarf *dwarf;
    struct dwarf_types *types;
    bool is_read;
    struct entry *all; /* by address */
    size_t count, capacity;
};

struct dwarf_variables *dwarf_variables_new(struct arena *arena, Dwarf *dwarf,
                                            struct dwarf_types *types)
{
    struct dwarf_variables *variables = arena_alloc(arena, sizeof *variables);
    variables->arena = arena;
    variables->dwarf = dwarf;
    variables->types = types;
    return variables;
}

/* One address and nothing else: others live in registers, on stacks or per thread. */
static bool has_address(Dwarf_Die *die, uint64_t *address)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *operations;
    size_t count;
    if (!dwarf_attr(die, DW_AT_location, &attribute) ||
        dwarf_getlocation(&attribute, &operations, &count) != 0 || count != 1)
        return false;
    if (operations[0].atom == DW_OP_addr) {
        *address = operations[0].number;
        return *address != 0;
    }
    Dwarf_Attribute indirect;
    return operations[0].atom == DW_OP_addrx &&
           dwarf_getlocation_attr(&attribute, operations, &indirect) == 0 &&
           dwarf_formaddr(&indirect, address) == 0 && *address != 0;
}

static const char *scope_within(struct dwarf_variables *variables, Dwarf_Die *die,
                                const char *scope)
{
    const char *name = dwarf_diename(die);
    if (!name || dwarf_tag(die) == DW_TAG_lexical_block)
        return scope;
    return scope ? arena_printf(variables->arena, "%s::%s", scope, name)
                 : arena_copy(variables->arena, name, strlen(name));
}

static void collect(struct dwarf_variables *variables, Dwarf_Die *parent, const char *scope,
                    int depth)
{
    Dwarf_Die child;
    uint64_t address;
    if (depth > DEEPEST_TREE || dwarf_child(parent, &child) != 0)
        return;
    do {
        switch (dwarf_tag(&child)) {
        case DW_TAG_variable:
            if (!has_address(&child, &address))
                break;
            variables->all = arena_grow(variables->arena, variables->all, variables->count,
                                        &variables->capacity, sizeof *variables->all);
            variables->all[variables->count++] = (struct entry){address, child, scope};
            break;
        case DW_TAG_namespace:
        case DW_TAG_subprogram:
        case DW_TAG_lexical_block:
            collect(variables, &child, scope_within(variables, &child, scope), depth + 1);
            break;
        default:
            break;
        }
    } while (dwarf_siblingof(&child, &child) == 0);
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *one = left, *other = right;
    return one->address < other->address ? -1 : one->address > other->address;
}

static void read_all(struct dwarf_variables *variables)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die entry, split;
    uint8_t type;
    if (variables->is_read)
        return;
    variables->is_read = true;
    while (dwarf_get_units(variables->dwarf, unit, &unit, NULL, &type, &entry, &split) == 0) {
        bool is_split = type == DW_UT_skeleton && dwarf_tag(&split) != DW_TAG_invalid;
        collect(variables, is_split ? &split : &entry, NULL, 0);
    }
    if (variables->count)
        qsort(variables->all, variables->count, sizeof *variables->all, compare_entries);
}

/* Name and place stand where it was declared, when that is elsewhere. */
static void describe(struct dwarf_variables *variables, struct entry *entry,
                     struct dwarf_variable *found)
{
    Dwarf_Attribute attribute;
    Dwarf_Word number;
    const char *name = dwarf_diename(&entry->die);
    if (!name && dwarf_attr_integrate(&entry->die, DW_AT_name, &attribute))
        name = dwarf_formstring(&attribute);
    if (name)
        found->name = entry->scope ? arena_printf(variables->arena, "%s::%s", entry->scope, name)
                                   : text_utf8(variables->arena, name, strlen(name));
    const char *file = dwarf_decl_file(&entry->die);
    found->file = file ? text_utf8(variables->arena, file, strlen(file)) : NULL;
    if (dwarf_attr_integrate(&entry->die, DW_AT_decl_line, &attribute) &&
        dwarf_formudata(&attribute, &number) == 0)
        found->line = (unsigned)number;
}

bool dwarf_variables_find(struct dwarf_variables *variables, uint64_t address,
                          struct dwarf_variable *found)
{
    read_all(variables);
    size_t low = 0, high = variables->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (variables->all[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    struct entry *entry = &variables->all[low - 1];
    *found = (struct dwarf_variable){.address = entry->address};
    found->type = dwarf_types_of(variables->types, &entry->die);
    uint64_t size = found->type ? dwarf_type_size(found->type) : 0;
    if (address - entry->address >= (size ? size : 1))
        return false;
    describe(variables, entry, found);
    return true;
}
