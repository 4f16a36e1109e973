/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols/tail_calls.h"

#include <dwarf.h>
#include <string.h>

enum { DEEPEST_BLOCK = 32 };

struct search {
    struct debug_info *info;
    struct elf_functions *functions;
    uint64_t bias;  /* the file's addresses minus the debug info's */
    bool is_inside; /* the function to arrive at is in this module: `inner` */
    Dwarf_Die inner;
};

/* --- call sites --- */

static bool is_call_site(Dwarf_Die *entry)
{
    int tag = dwarf_tag(entry);
    return tag == DW_TAG_call_site || tag == DW_TAG_GNU_call_site;
}

static bool is_block(Dwarf_Die *entry)
{
    int tag = dwarf_tag(entry);
    return tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block ||
           tag == DW_TAG_inlined_subroutine;
}

static bool is_tail_call(Dwarf_Die *site)
{
    return dwarf_hasattr(site, DW_AT_call_tail_call) || dwarf_hasattr(site, DW_AT_GNU_tail_call);
}

static bool address_of(Dwarf_Die *site, unsigned name, Dwarf_Addr *address)
{
    Dwarf_Attribute attribute;
    return dwarf_attr(site, name, &attribute) && dwarf_formaddr(&attribute, address) == 0;
}

/* Where it returns to; of a jump, the address after it. */
static bool return_of(Dwarf_Die *site, Dwarf_Addr *address)
{
    if (address_of(site, DW_AT_call_return_pc, address))
        return true;
    if (address_of(site, DW_AT_call_pc, address)) { /* the address of the jump itself */
        ++*address;
        return true;
    }
    return dwarf_tag(site) == DW_TAG_GNU_call_site && address_of(site, DW_AT_low_pc, address);
}

/* False for a call through a pointer. */
static bool callee_of(Dwarf_Die *site, Dwarf_Die *callee)
{
    Dwarf_Attribute attribute;
    return (dwarf_attr(site, DW_AT_call_origin, &attribute) ||
            dwarf_attr(site, DW_AT_abstract_origin, &attribute)) &&
           dwarf_formref_die(&attribute, callee);
}

static bool find_call(Dwarf_Die *scope, Dwarf_Addr return_address, Dwarf_Die *found, int depth)
{
    Dwarf_Die child;
    Dwarf_Addr address;
    if (depth > DEEPEST_BLOCK || dwarf_child(scope, &child) != 0)
        return false;
    do {
        if (is_call_site(&child) && !is_tail_call(&child) && return_of(&child, &address) &&
            address == return_address) {
            *found = child;
            return true;
        }
        if (is_block(&child) && find_call(&child, return_address, found, depth + 1))
            return true;
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
}

/* --- functions --- */

static bool has_code(Dwarf_Die *function)
{
    Dwarf_Addr address;
    return dwarf_lowpc(function, &address) == 0;
}

static bool is_made_from(Dwarf_Die *function, Dwarf_Off origin)
{
    Dwarf_Attribute attribute;
    Dwarf_Die from;
    return dwarf_tag(function) == DW_TAG_subprogram && has_code(function) &&
           dwarf_attr(function, DW_AT_abstract_origin, &attribute) &&
           dwarf_formref_die(&attribute, &from) && dwarf_dieoffset(&from) == origin;
}

/* A function that was inlined elsewhere, or cloned, has its code in another entry of the unit. */
static bool find_code_in_unit(Dwarf_Die *origin, Dwarf_Die *function)
{
    Dwarf_Die unit, child;
    if (!dwarf_diecu(origin, &unit, NULL, NULL) || dwarf_child(&unit, &child) != 0)
        return false;
    do {
        if (is_made_from(&child, dwarf_dieoffset(origin))) {
            *function = child;
            return true;
        }
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
}

static bool function_at(const struct search *search, uint64_t address, Dwarf_Die *function)
{
    Dwarf_Die scopes[DEBUG_INFO_FRAMES];
    if (debug_info_scopes(search->info, address, scopes) == 0)
        return false;
    *function = scopes[0];
    return true;
}

static const char *name_of(Dwarf_Die *function)
{
    Dwarf_Attribute attribute;
    return dwarf_attr_integrate(function, DW_AT_linkage_name, &attribute)
               ? dwarf_formstring(&attribute)
               : dwarf_diename(function);
}

/* In another unit, only its name is known. */
static bool find_code_by_name(const struct search *search, Dwarf_Die *origin, Dwarf_Die *function)
{
    const char *name = name_of(origin);
    uint64_t address = name ? elf_functions_address(search->functions, name) : 0;
    return address && function_at(search, address, function);
}

/* The entry with the code of a callee; false when it is not in this module. */
static bool code_of(const struct search *search, Dwarf_Die *callee, Dwarf_Die *function)
{
    *function = *callee;
    return has_code(callee) || find_code_in_unit(callee, function) ||
           find_code_by_name(search, callee, function);
}

/* Identical functions may share their code. */
static bool is_inner(const struct search *search, Dwarf_Die *function)
{
    Dwarf_Die inner = search->inner;
    Dwarf_Addr one, other;
    if (!search->is_inside)
        return false;
    return dwarf_dieoffset(function) == dwarf_dieoffset(&inner) ||
           (dwarf_lowpc(function, &one) == 0 && dwarf_lowpc(&inner, &other) == 0 && one == other);
}

/* --- jumps --- */

/* A function's jumps, by where they lead. */
struct jumps {
    unsigned to_inner, to_others, to_outside;
    Dwarf_Addr inner_jump, other_jump, outside_jump; /* the last one of each */
    Dwarf_Die other;
};

static void add_jump(const struct search *search, Dwarf_Die *site, struct jumps *jumps)
{
    Dwarf_Die callee, function;
    Dwarf_Addr address;
    if (!return_of(site, &address))
        return;
    if (!callee_of(site, &callee) || !code_of(search, &callee, &function)) {
        jumps->to_outside++;
        jumps->outside_jump = address;
    } else if (is_inner(search, &function)) {
        jumps->to_inner++;
        jumps->inner_jump = address;
    } else {
        jumps->to_others++;
        jumps->other_jump = address;
        jumps->other = function;
    }
}

static void list_jumps(const struct search *search, Dwarf_Die *scope, struct jumps *jumps,
                       int depth)
{
    Dwarf_Die child;
    if (depth > DEEPEST_BLOCK || dwarf_child(scope, &child) != 0)
        return;
    do {
        if (is_call_site(&child) && is_tail_call(&child))
            add_jump(search, &child, jumps);
        else if (is_block(&child))
            list_jumps(search, &child, jumps, depth + 1);
    } while (dwarf_siblingof(&child, &child) == 0);
}

/* Clang lists no jumps to functions that it knows itself: malloc, strdup, ... */
static bool lists_all_jumps(Dwarf_Die *function)
{
    Dwarf_Die unit;
    Dwarf_Attribute attribute;
    const char *producer =
        dwarf_diecu(function, &unit, NULL, NULL) && dwarf_attr(&unit, DW_AT_producer, &attribute)
            ? dwarf_formstring(&attribute)
            : NULL;
    return producer && !strstr(producer, "clang");
}

enum way { WAY_NONE, WAY_ARRIVES, WAY_GOES_ON, WAY_UNKNOWN };

/* Where the function jumps on its way to the inner one, with the address after the jump. */
static enum way choose(const struct search *search, Dwarf_Die *function, const struct jumps *jumps,
                       Dwarf_Addr *address)
{
    unsigned arriving = search->is_inside ? jumps->to_inner : jumps->to_outside;
    if (search->is_inside && jumps->to_inner + jumps->to_others + jumps->to_outside == 0)
        return WAY_NONE;
    if (arriving == 1) {
        *address = search->is_inside ? jumps->inner_jump : jumps->outside_jump;
        return WAY_ARRIVES;
    }
    if (arriving == 0 && jumps->to_others == 1 &&
        (search->is_inside || lists_all_jumps(function))) {
        *address = jumps->other_jump;
        return WAY_GOES_ON;
    }
    return WAY_UNKNOWN;
}

/* From the called function to the inner one, outermost first. */
static size_t follow(const struct search *search, Dwarf_Die function,
                     uint64_t jumps[TAIL_CALLS_MOST])
{
    for (size_t count = 0; count < TAIL_CALLS_MOST;) {
        struct jumps found = {.to_inner = 0};
        Dwarf_Addr address = 0;
        if (is_inner(search, &function))
            return count;
        list_jumps(search, &function, &found, 0);
        enum way way = choose(search, &function, &found, &address);
        if (way == WAY_NONE)
            return 0;
        if (way == WAY_UNKNOWN) {
            if (dwarf_lowpc(&function, &address) != 0)
                return 0;
            address++;
        }
        jumps[count++] = address + search->bias;
        if (way != WAY_GOES_ON)
            return count;
        function = found.other;
    }
    return 0;
}

static void reverse(uint64_t *jumps, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        uint64_t first = jumps[i];
        jumps[i] = jumps[count - 1 - i];
        jumps[count - 1 - i] = first;
    }
}

size_t tail_calls_find(struct debug_info *info, struct elf_functions *functions,
                       uint64_t return_address, uint64_t inner_address,
                       uint64_t jumps[TAIL_CALLS_MOST])
{
    struct search search = {.info = info, .functions = functions};
    Dwarf_Die caller, site, callee, function;
    debug_info_dwarf(info, &search.bias);
    search.is_inside = inner_address != 0;
    if (search.is_inside && !function_at(&search, inner_address - 1, &search.inner))
        return 0;
    if (!function_at(&search, return_address - 1, &caller) ||
        !find_call(&caller, return_address - search.bias, &site, 0) || !callee_of(&site, &callee) ||
        !code_of(&search, &callee, &function))
        return 0;
    size_t count = follow(&search, function, jumps);
    reverse(jumps, count);
    return count;
}
