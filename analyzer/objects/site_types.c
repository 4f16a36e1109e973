/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/site_types.h"

#include <dwarf.h>
#include <string.h>

#include "analyzer/symbols/debug_info.h"
#include "analyzer/cxx/makers.h"
#include "analyzer/symbols/frame_kind.h"
#include "analyzer/cxx/type_names.h"

/* How many callers' variables are looked at: further out, a fitting size is chance. */
enum { USER_FUNCTIONS = 4, STACK_NODES = 40, MOST_TYPES = 400, DEEPEST_BLOCK = 16, HOPS = 2 };

/* These add up: a variable on the very line comes before what the function returns, and so on. */
enum {
    ON_THE_LINE = 1,
    RETURNED = 2,
    VARIABLE = 3,
    PER_HOP = 4,
    PER_CALLER = 16,
    AS_ARRAY = 100,
    AS_PREFIX = 200,
};

/* A type that a function deals with. */
struct met {
    const struct dwarf_type *type;
    unsigned distance;
    bool may_differ; /* a block may be several of it, or only begin with it */
};

/* What one call stack says, whatever the size. */
struct told {
    struct told *next;
    uint32_t stack;
    struct met *all;
    size_t count, capacity;
    const char *made;                   /* the type's name; NULL: not certain */
    const struct dwarf_type *made_type; /* NULL: not in the debug info */
    bool makes_many;
};

enum { BUCKETS = 1 << 15 }; /* a Python program with many imports has 30,000 stacks */

struct site_types_cache {
    struct arena *arena;
    struct stacks *stacks;
    const struct recording *recording;
    struct told *told[BUCKETS]; /* by stack */
};

struct search {
    struct told *told;
    struct arena *arena;
    struct dwarf_types *types; /* of the current module */
    bool is_direct;            /* a pointer on the line, or what the function returns */
    size_t looked_at;
};

struct site_types_cache *site_types_new(struct arena *arena, struct stacks *stacks,
                                        const struct recording *recording)
{
    struct site_types_cache *cache = arena_alloc(arena, sizeof *cache);
    cache->arena = arena;
    cache->stacks = stacks;
    cache->recording = recording;
    return cache;
}

/* Takes several, or one with more behind it, only from a direct pointer: many sizes fit by chance.
 */
static void consider(struct search *search, const struct dwarf_type *type, unsigned distance,
                     int hops)
{
    struct told *told = search->told;
    bool may_differ =
        search->is_direct && hops == HOPS && dwarf_type_kind(type) == DWARF_TYPE_RECORD;
    told->all =
        arena_grow(search->arena, told->all, told->count, &told->capacity, sizeof *told->all);
    told->all[told->count++] = (struct met){type, distance, may_differ};
}

/* --- what the variables of a function lead to --- */

static void look_at(struct search *search, const struct dwarf_type *type, unsigned distance,
                    int hops);

static void look_at_members(struct search *search, const struct dwarf_type *type, unsigned distance,
                            int hops)
{
    const struct dwarf_type_member *members = dwarf_type_members(type);
    for (size_t i = 0; i < dwarf_type_member_count(type); i++)
        if (members[i].type)
            look_at(search, members[i].type, distance, hops);
}

/* The library's smart pointers and containers stand for what they hold: no hop. */
static void look_at_record(struct search *search, const struct dwarf_type *type, unsigned distance,
                           int hops)
{
    const struct dwarf_type *inside = dwarf_type_argument(type);
    if (!type_names_is_library(dwarf_type_name(type))) {
        if (hops > 0)
            look_at_members(search, type, distance + PER_HOP, hops - 1);
        return;
    }
    if (inside)
        look_at(search, inside, distance, hops);
    if (inside && dwarf_type_kind(inside) == DWARF_TYPE_RECORD)
        consider(search, inside, distance, hops);
}

static void look_at(struct search *search, const struct dwarf_type *type, unsigned distance,
                    int hops)
{
    if (search->looked_at++ > MOST_TYPES)
        return;
    const struct dwarf_type *target = dwarf_type_target(type);
    switch (dwarf_type_kind(type)) {
    case DWARF_TYPE_POINTER:
        if (!target)
            return;
        consider(search, target, distance, hops);
        look_at(search, target, distance, hops);
        return;
    case DWARF_TYPE_ARRAY:
        if (target)
            look_at(search, target, distance, hops);
        return;
    case DWARF_TYPE_RECORD:
        look_at_record(search, type, distance, hops);
        return;
    case DWARF_TYPE_OTHER:
        return;
    }
}

static unsigned line_of(Dwarf_Die *entry)
{
    Dwarf_Attribute attribute;
    Dwarf_Word line;
    return dwarf_attr_integrate(entry, DW_AT_decl_line, &attribute) &&
                   dwarf_formudata(&attribute, &line) == 0
               ? (unsigned)line
               : 0;
}

/* A container that a loop goes over, by reference, says nothing of blocks made on that line. */
static bool is_pointer_to_objects(const struct dwarf_type *type)
{
    const struct dwarf_type *target = dwarf_type_target(type);
    return dwarf_type_kind(type) == DWARF_TYPE_POINTER &&
           !(target && dwarf_type_argument(target) &&
             type_names_is_library(dwarf_type_name(target)));
}

static void look_at_variables(struct search *search, Dwarf_Die *scope, unsigned line,
                              unsigned distance, bool on_the_line, int depth)
{
    Dwarf_Die child;
    if (depth > DEEPEST_BLOCK || dwarf_child(scope, &child) != 0)
        return;
    do {
        int tag = dwarf_tag(&child);
        if (tag == DW_TAG_lexical_block)
            look_at_variables(search, &child, line, distance, on_the_line, depth + 1);
        if (tag != DW_TAG_variable && tag != DW_TAG_formal_parameter)
            continue;
        if (on_the_line && line_of(&child) != line)
            continue;
        const struct dwarf_type *type = dwarf_types_of(search->types, &child);
        if (!type)
            continue;
        search->is_direct = on_the_line && is_pointer_to_objects(type);
        look_at(search, type, distance, HOPS);
    } while (dwarf_siblingof(&child, &child) == 0);
}

static bool origin_of(const Dwarf_Die *entry, Dwarf_Die *origin)
{
    Dwarf_Die copy = *entry;
    Dwarf_Attribute attribute;
    return dwarf_attr(&copy, DW_AT_abstract_origin, &attribute) &&
           dwarf_formref_die(&attribute, origin);
}

/* A function's variables are in the entry that describes it, and not always in the entry of an
 * inlined copy. */
static void look_at_function(struct search *search, Dwarf_Die *scope, unsigned line,
                             unsigned distance)
{
    Dwarf_Die origin;
    bool has_origin = origin_of(scope, &origin);
    search->looked_at = 0;
    for (int on_the_line = 1; on_the_line >= 0; on_the_line--) {
        unsigned from = distance + (on_the_line ? ON_THE_LINE : VARIABLE);
        look_at_variables(search, scope, line, from, on_the_line, 0);
        if (has_origin)
            look_at_variables(search, &origin, line, from, on_the_line, 0);
        const struct dwarf_type *returned = dwarf_types_of(search->types, scope);
        search->is_direct = true;
        if (on_the_line && returned)
            look_at(search, returned, distance + RETURNED, HOPS);
    }
}

/* --- functions that allocate for one type --- */

/* Containers allocate these one by one. */
static bool is_made_one_by_one(const char *type_name)
{
    static const char *const parts[] = {"_Rb_tree_node<", "_List_node<", "_Hash_node<",
                                        "_Fwd_list_node<", "_Sp_counted_"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *found = strstr(type_name, parts[i]);
        if (found && found < type_name + strcspn(type_name, "<") + 1)
            return true;
    }
    return false;
}

static const struct dwarf_type *argument_of_scope(struct search *search, const Dwarf_Die *scope,
                                                  bool by_class)
{
    Dwarf_Die entry = *scope, class;
    if (by_class)
        return dwarf_types_class_of(search->types, scope, &class)
                   ? dwarf_types_argument_of(search->types, &class)
                   : NULL;
    const struct dwarf_type *type = dwarf_types_argument_of(search->types, &entry);
    return !type && origin_of(scope, &entry) ? dwarf_types_argument_of(search->types, &entry)
                                             : type;
}

/* True when the function settles the matter. */
static bool look_at_maker(struct search *search, const struct frame *frame, const Dwarf_Die *scope)
{
    struct maker_product product;
    if (!makers_find(&product, search->arena, frame->function))
        return false;
    const struct dwarf_type *type = NULL;
    if (search->types && scope && (product.is_class_argument || product.is_own_argument))
        type = argument_of_scope(search, scope, product.is_class_argument);
    if (search->types && !type)
        type = dwarf_types_named(search->types, product.type);
    search->told->made = product.type;
    search->told->made_type = type;
    search->told->makes_many = product.makes_many && !is_made_one_by_one(product.type);
    return true;
}

/* --- the stack --- */

static bool is_user_function(const struct frame *frame)
{
    return !type_names_is_library(frame->function) && !frame_is_operator(frame->function) &&
           !(frame->file && (strncmp(frame->file, "/usr/include/", 13) == 0 ||
                             strstr(frame->file, "/include/c++/")));
}

/* False ends the search. */
static bool look_at_node(struct search *search, struct stacks *stacks, uint32_t node,
                         unsigned *user_functions)
{
    Dwarf_Die scopes[DEBUG_INFO_FRAMES];
    struct stacks_place place;
    const struct symbol_frames *frames = stacks_frames(stacks, node);
    if ((stacks_module_flags(stacks, node) & RECORDING_MODULE_SHIM) ||
        !stacks_place(stacks, node, &place))
        return true;
    struct symbols *symbols = stacks_symbols(stacks);
    search->types = symbols_types(symbols, place.module);
    size_t count = search->types
                       ? symbols_scopes(symbols, place.module, place.address,
                                        place.is_return_address, scopes, DEBUG_INFO_FRAMES)
                       : 0;
    for (size_t i = 0; i < frames->count; i++) {
        Dwarf_Die *scope = count == frames->count ? &scopes[count - 1 - i] : NULL;
        const struct frame *frame = &frames->frames[i];
        if (*user_functions == 0 && look_at_maker(search, frame, scope))
            return false;
        if (!is_user_function(frame))
            continue;
        if (scope)
            look_at_function(search, scope, frame->line, *user_functions * PER_CALLER);
        if (++*user_functions == USER_FUNCTIONS)
            return false;
    }
    return true;
}

static struct told *ask(struct site_types_cache *cache, uint32_t stack)
{
    struct told **bucket = &cache->told[stack % BUCKETS];
    for (struct told *told = *bucket; told; told = told->next)
        if (told->stack == stack)
            return told;
    struct told *told = arena_alloc(cache->arena, sizeof *told);
    struct search search = {.told = told, .arena = cache->arena};
    unsigned user_functions = 0;
    told->stack = stack;
    told->next = *bucket;
    *bucket = told;
    for (int i = 0; stack && i < STACK_NODES; i++) {
        const struct recording_stack_node *node = recording_stack_node(cache->recording, stack);
        uint32_t caller = node ? node->parent : 0;
        if (!node || !look_at_node(&search, cache->stacks, stack, &user_functions))
            break;
        stack = caller;
    }
    return told;
}

/* --- what fits --- */

static void insert(struct site_types *found, struct site_types_candidate candidate)
{
    size_t at = found->count;
    if (at == SITE_TYPES_CANDIDATES)
        return;
    for (; at > 0 && found->all[at - 1].distance > candidate.distance; at--)
        found->all[at] = found->all[at - 1];
    found->all[at] = candidate;
    found->count++;
}

static bool is_known(const struct site_types *found, const struct dwarf_type *type)
{
    const char *name = dwarf_type_name(type);
    for (size_t i = 0; i < found->count; i++) {
        const char *other = dwarf_type_name(found->all[i].type);
        if (found->all[i].type == type || (name && other && strcmp(name, other) == 0))
            return true;
    }
    return false;
}

static void fit(struct site_types *found, const struct met *met, uint64_t wanted)
{
    uint64_t size = dwarf_type_size(met->type);
    bool may_differ = met->may_differ && size && size < wanted;
    if (!(size == wanted || may_differ) || is_known(found, met->type))
        return;
    if (size == wanted) {
        insert(found,
               (struct site_types_candidate){met->type, SITE_TYPES_EXACT, false, met->distance});
        return;
    }
    if (wanted % size == 0)
        insert(found, (struct site_types_candidate){met->type, SITE_TYPES_ARRAY, false,
                                                    met->distance + AS_ARRAY});
    insert(found, (struct site_types_candidate){met->type, SITE_TYPES_PREFIX, false,
                                                met->distance + AS_PREFIX});
}

static void fit_made(struct site_types *found, const struct told *told, uint64_t wanted)
{
    uint64_t size = told->made_type ? dwarf_type_size(told->made_type) : 0;
    bool is_many = size != wanted || told->makes_many;
    found->name = told->made;
    found->makes_many = told->makes_many;
    if (size && wanted % size == 0)
        insert(found, (struct site_types_candidate){
                          told->made_type, is_many ? SITE_TYPES_ARRAY : SITE_TYPES_EXACT, true, 0});
}

void site_types_find(struct site_types *found, struct site_types_cache *cache, uint32_t stack,
                     uint64_t size_bytes)
{
    const struct told *told = ask(cache, stack);
    *found = (struct site_types){0};
    if (told->made)
        fit_made(found, told, size_bytes);
    for (size_t i = 0; !told->made && i < told->count; i++)
        fit(found, &told->all[i], size_bytes);
}
