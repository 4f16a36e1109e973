/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols/dwarf_places.h"

#include <string.h>

#include "analyzer/base/text.h"
#include "analyzer/cxx/type_spelling.h"

/* Damaged DWARF must not recurse for ever. */
enum { DEEPEST_TREE = 64, BUCKETS = 1 << 14 };

struct place {
    struct dwarf_place told;
    struct place *next, *next_same; /* by entry, by name */
    uint64_t spelling;
    bool is_definition;
};

/* One whose places are known. */
struct unit {
    struct unit *next;
    const void *entry;
};

struct dwarf_places {
    struct arena *arena;
    Dwarf *dwarf;
    Dwarf_CU *last_unit; /* units up to here were searched by name */
    bool all_units;
    struct place *by_entry[BUCKETS], *by_name[BUCKETS];
    struct unit *units[BUCKETS];
};

struct dwarf_places *dwarf_places_new(struct arena *arena, Dwarf *dwarf)
{
    struct dwarf_places *places = arena_alloc(arena, sizeof *places);
    places->arena = arena;
    places->dwarf = dwarf;
    return places;
}

static size_t bucket_of(const void *entry)
{
    return (size_t)((uintptr_t)entry * UINT64_C(0x9e3779b97f4a7c15) >> 50) % BUCKETS;
}

static bool is_scope_tag(int tag)
{
    return dwarf_places_is_record(tag) || tag == DW_TAG_namespace || tag == DW_TAG_subprogram ||
           tag == DW_TAG_lexical_block || tag == DW_TAG_module;
}

const char *dwarf_places_own_name(struct arena *arena, Dwarf_Die *entry)
{
    const char *name = dwarf_diename(entry);
    if (!name && dwarf_tag(entry) == DW_TAG_namespace)
        return "(anonymous namespace)";
    return name ? text_utf8(arena, name, strlen(name)) : NULL;
}

static const char *join(struct dwarf_places *places, const char *scope, const char *name)
{
    return scope && name ? arena_printf(places->arena, "%s::%s", scope, name) : name;
}

static struct place *add_place(struct dwarf_places *places, const Dwarf_Die *entry,
                               const Dwarf_Die *parent, const char *name, bool is_definition)
{
    struct place *place = arena_alloc(places->arena, sizeof *place);
    place->told = (struct dwarf_place){*entry, *parent, name};
    place->is_definition = is_definition;
    struct place **bucket = &places->by_entry[bucket_of(entry->addr)];
    place->next = *bucket;
    *bucket = place;
    if (!name || !is_definition)
        return place;
    place->spelling = type_spelling_hash(name);
    bucket = &places->by_name[place->spelling % BUCKETS];
    place->next_same = *bucket;
    *bucket = place;
    return place;
}

/* Entries inside nameless scopes (blocks) get the scope around those. */
static void add_places(struct dwarf_places *places, Dwarf_Die *parent, const char *scope, int depth)
{
    Dwarf_Die child;
    if (depth > DEEPEST_TREE || dwarf_child(parent, &child) != 0)
        return;
    do {
        int tag = dwarf_tag(&child);
        if (!dwarf_places_is_type(tag) && !is_scope_tag(tag))
            continue;
        const char *inner = scope;
        if (tag != DW_TAG_lexical_block) {
            const char *name = join(places, scope, dwarf_places_own_name(places->arena, &child));
            add_place(places, &child, parent, name,
                      dwarf_places_is_type(tag) && !dwarf_places_is_declaration(&child));
            inner = name ? name : scope;
        }
        if (is_scope_tag(tag))
            add_places(places, &child, inner, depth + 1);
    } while (dwarf_siblingof(&child, &child) == 0);
}

static void add_unit(struct dwarf_places *places, Dwarf_Die *unit)
{
    struct unit **bucket = &places->units[bucket_of(unit->addr)];
    for (const struct unit *known = *bucket; known; known = known->next)
        if (known->entry == unit->addr)
            return;
    struct unit *added = arena_alloc(places->arena, sizeof *added);
    added->entry = unit->addr;
    added->next = *bucket;
    *bucket = added;
    add_places(places, unit, NULL, 0);
}

const struct dwarf_place *dwarf_places_of(struct dwarf_places *places, const Dwarf_Die *entry)
{
    Dwarf_Die copy = *entry, unit;
    if (dwarf_diecu(&copy, &unit, NULL, NULL))
        add_unit(places, &unit);
    const struct place *place = places->by_entry[bucket_of(entry->addr)];
    while (place && place->told.entry.addr != entry->addr)
        place = place->next;
    return place ? &place->told : NULL;
}

/* The first definition that was read. */
static const struct place *known_name(const struct dwarf_places *places, uint64_t spelling)
{
    const struct place *found = NULL;
    for (const struct place *place = places->by_name[spelling % BUCKETS]; place;
         place = place->next_same)
        if (place->spelling == spelling)
            found = place;
    return found;
}

/* Reads unit after unit until one defines the name. */
const struct dwarf_place *dwarf_places_named(struct dwarf_places *places, const char *name)
{
    uint64_t spelling = type_spelling_hash(name);
    const struct place *found = known_name(places, spelling);
    while (!found && !places->all_units) {
        Dwarf_Die unit, split;
        uint8_t kind;
        if (dwarf_get_units(places->dwarf, places->last_unit, &places->last_unit, NULL, &kind,
                            &unit, &split) != 0) {
            places->all_units = true;
            break;
        }
        add_unit(places,
                 kind == DW_UT_skeleton && dwarf_tag(&split) != DW_TAG_invalid ? &split : &unit);
        found = known_name(places, spelling);
    }
    return found ? &found->told : NULL;
}
