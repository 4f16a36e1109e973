/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols/elf_functions.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct function {
    uint64_t start, size_bytes;
    const char *name; /* lives in the symbol table, which stays open with the module */
    int rank;         /* of several names for one address, the best rank is shown */
};

enum { LOCAL_RANK = 4 }; /* this and worse: known only to its own unit */

struct elf_functions {
    struct arena *arena;
    const struct function **by_name; /* made on demand */
    size_t by_name_count;
    struct function *all;
    size_t count;
};

/* Prefers names that programs call: strdup to __strdup, printf to _IO_printf. */
static int rank_of(const GElf_Sym *symbol, const char *name)
{
    unsigned binding = GELF_ST_BIND(symbol->st_info);
    bool is_local = binding != STB_GLOBAL && binding != STB_WEAK;
    bool is_internal = name[0] == '_' && name[1] != 'Z';
    return is_local * LOCAL_RANK + is_internal * 2 + (binding == STB_WEAK);
}

static bool is_function(const GElf_Sym *symbol)
{
    unsigned type = GELF_ST_TYPE(symbol->st_info);
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF;
}

/* Symbol tables of separate debug files put the version into the name:
 * "__libc_start_main@@GLIBC_2.34". */
static const char *without_version(struct arena *arena, const char *name)
{
    const char *version = strchr(name, '@');
    return version && version != name ? arena_copy(arena, name, (size_t)(version - name)) : name;
}

static int compare_functions(const void *left, const void *right)
{
    const struct function *one = left, *other = right;
    if (one->start != other->start)
        return one->start < other->start ? -1 : 1;
    if (one->rank != other->rank)
        return other->rank - one->rank; /* the best comes last: a search sees it first */
    return strcmp(other->name, one->name);
}

struct elf_functions *elf_functions_new(struct arena *arena, Dwfl_Module *module)
{
    struct elf_functions *functions = arena_alloc(arena, sizeof *functions);
    functions->arena = arena;
    int symbols = dwfl_module_getsymtab(module);
    if (symbols <= 0)
        return functions;
    functions->all = arena_array(arena, (size_t)symbols, sizeof *functions->all);
    for (int i = 0; i < symbols; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        const char *name = dwfl_module_getsym_info(module, i, &symbol, &address, NULL, NULL, NULL);
        if (name && *name && is_function(&symbol))
            functions->all[functions->count++] = (struct function){
                .start = address,
                .size_bytes = symbol.st_size,
                .name = without_version(arena, name),
                .rank = rank_of(&symbol, name),
            };
    }
    qsort(functions->all, functions->count, sizeof *functions->all, compare_functions);
    return functions;
}

/* A symbol without a size (assembler) reaches to the next one: it must be the nearest before. */
static bool covers(const struct function *function, const struct function *nearest,
                   uint64_t address)
{
    if (function->size_bytes == 0)
        return function->start == nearest->start;
    return address - function->start < function->size_bytes;
}

const char *elf_functions_find(const struct elf_functions *functions, uint64_t address)
{
    enum { LOOK_BACK = 16 }; /* to get past functions that lie inside a longer one */
    size_t low = 0, high = functions->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (functions->all[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i > 0 && low - i < LOOK_BACK; i--)
        if (covers(&functions->all[i - 1], &functions->all[low - 1], address))
            return functions->all[i - 1].name;
    return NULL;
}

static int compare_names(const void *left, const void *right)
{
    const struct function *one = *(const struct function *const *)left;
    const struct function *other = *(const struct function *const *)right;
    return strcmp(one->name, other->name);
}

static void sort_by_name(struct elf_functions *functions)
{
    functions->by_name =
        arena_array(functions->arena, functions->count + 1, sizeof(*functions->by_name));
    for (size_t i = 0; i < functions->count; i++)
        if (functions->all[i].rank < LOCAL_RANK)
            functions->by_name[functions->by_name_count++] = &functions->all[i];
    qsort(functions->by_name, functions->by_name_count, sizeof(*functions->by_name), compare_names);
}

uint64_t elf_functions_address(struct elf_functions *functions, const char *name)
{
    struct function wanted = {.name = name};
    const struct function *key = &wanted, **found;
    if (!functions->by_name)
        sort_by_name(functions);
    found = bsearch(&key, functions->by_name, functions->by_name_count, sizeof(*functions->by_name),
                    compare_names);
    return found ? (*found)->start : 0;
}
