/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols/dwarf_variables.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/text.h"

enum { DEEPEST_TREE = 64 };

struct entry {
    uint64_t address;
    Dwarf_Die die;
    const char *scope; /* NULL: none */
};

struct entries {
    struct entry *all; /* by address */
    size_t count, capacity;
};

struct dwarf_variables {
    struct arena *arena;
    Dwarf *dwarf;
    struct dwarf_types *types;
    bool is_read;
    struct entries of[2]; /* by enum dwarf_variable_kind */
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

static bool is_number(uint8_t atom)
{
    return atom == DW_OP_addr || atom == DW_OP_const4u || atom == DW_OP_const8u;
}

static bool find_number(Dwarf_Attribute *location, const Dwarf_Op *operation, uint64_t *number)
{
    Dwarf_Attribute indirect;
    *number = operation->number;
    if (is_number(operation->atom))
        return true;
    if (dwarf_getlocation_attr(location, operation, &indirect) != 0)
        return false;
    return operation->atom == DW_OP_addrx    ? dwarf_formaddr(&indirect, number) == 0
           : operation->atom == DW_OP_constx ? dwarf_formudata(&indirect, number) == 0
                                             : false;
}

/* Accepts one fixed address, or one offset in the thread's storage: other variables live in
 * registers and on stacks. */
static bool has_address(Dwarf_Die *die, enum dwarf_variable_kind *kind, uint64_t *address)
{
    Dwarf_Attribute location;
    Dwarf_Op *operations;
    size_t count;
    if (!dwarf_attr(die, DW_AT_location, &location) ||
        dwarf_getlocation(&location, &operations, &count) != 0 || count < 1 || count > 2 ||
        !find_number(&location, &operations[0], address))
        return false;
    *kind = count == 1 ? DWARF_VARIABLE_GLOBAL : DWARF_VARIABLE_OF_THREAD;
    if (count == 1)
        return *address != 0;
    return operations[1].atom == DW_OP_GNU_push_tls_address ||
           operations[1].atom == DW_OP_form_tls_address;
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

static void add_variable(struct dwarf_variables *variables, Dwarf_Die *die, const char *scope)
{
    enum dwarf_variable_kind kind;
    uint64_t address;
    if (!has_address(die, &kind, &address))
        return;
    struct entries *entries = &variables->of[kind];
    entries->all = arena_grow(variables->arena, entries->all, entries->count, &entries->capacity,
                              sizeof *entries->all);
    entries->all[entries->count++] = (struct entry){address, *die, scope};
}

static void collect(struct dwarf_variables *variables, Dwarf_Die *parent, const char *scope,
                    int depth)
{
    Dwarf_Die child;
    if (depth > DEEPEST_TREE || dwarf_child(parent, &child) != 0)
        return;
    do {
        switch (dwarf_tag(&child)) {
        case DW_TAG_variable:
            add_variable(variables, &child, scope);
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
    for (size_t i = 0; i < sizeof variables->of / sizeof *variables->of; i++)
        if (variables->of[i].count)
            qsort(variables->of[i].all, variables->of[i].count, sizeof *variables->of[i].all,
                  compare_entries);
}

/* DWARF 5 counts files from 0, which dwarf_decl_file takes for "none". */
static const char *file_of(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    Dwarf_Word number;
    Dwarf_Half version;
    Dwarf_Die unit;
    Dwarf_Files *files;
    const char *file = dwarf_decl_file(die);
    bool is_first = !file && dwarf_attr_integrate(die, DW_AT_decl_file, &attribute) &&
                    dwarf_formudata(&attribute, &number) == 0 && number == 0 &&
                    dwarf_cu_die(die->cu, &unit, &version, NULL, NULL, NULL, NULL, NULL) &&
                    version >= 5;
    return is_first && dwarf_getsrcfiles(&unit, &files, NULL) == 0
               ? dwarf_filesrc(files, 0, NULL, NULL)
               : file;
}

/* Name and place come from the declaration when that stands elsewhere. */
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
    const char *file = file_of(&entry->die);
    found->file = file ? text_utf8(variables->arena, file, strlen(file)) : NULL;
    if (dwarf_attr_integrate(&entry->die, DW_AT_decl_line, &attribute) &&
        dwarf_formudata(&attribute, &number) == 0)
        found->line = (unsigned)number;
}

bool dwarf_variables_find(struct dwarf_variables *variables, enum dwarf_variable_kind kind,
                          uint64_t address, struct dwarf_variable *found)
{
    read_all(variables);
    const struct entries *entries = &variables->of[kind];
    size_t low = 0, high = entries->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entries->all[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    struct entry *entry = &entries->all[low - 1];
    *found = (struct dwarf_variable){.address = entry->address};
    found->type = dwarf_types_of(variables->types, &entry->die);
    uint64_t size = found->type ? dwarf_type_size(found->type) : 0;
    if (address - entry->address >= (size ? size : 1))
        return false;
    describe(variables, entry, found);
    return true;
}
