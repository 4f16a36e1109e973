/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols/dwarf_types.h"

#include <dwarf.h>
#include <string.h>

#include "analyzer/base/text.h"
#include "analyzer/symbols/dwarf_places.h"

/* Damaged DWARF must not lead in circles for ever. */
enum { LONGEST_CHAIN = 32 };
enum { BUCKETS = 1 << 14, POINTER_BYTES = 8 };

struct dwarf_type {
    struct dwarf_type *next; /* in the same bucket */
    struct dwarf_types *types;
    Dwarf_Die entry;
    enum dwarf_type_kind kind;
    const char *name;
    uint64_t size_bytes;
    bool knows_target, knows_members;
    const struct dwarf_type *target;
    struct dwarf_type_member *members;
    size_t member_count, member_capacity;
};

struct dwarf_types {
    struct arena *arena;
    struct dwarf_places *places;
    struct dwarf_type *by_entry[BUCKETS];
};

struct dwarf_types *dwarf_types_new(struct arena *arena, Dwarf *dwarf)
{
    struct dwarf_types *types = arena_alloc(arena, sizeof *types);
    types->arena = arena;
    types->places = dwarf_places_new(arena, dwarf);
    return types;
}

static size_t bucket_of(const void *entry)
{
    return (size_t)((uintptr_t)entry * UINT64_C(0x9e3779b97f4a7c15) >> 50) % BUCKETS;
}

/* --- types --- */

static bool follow(const Dwarf_Die *entry, unsigned name, Dwarf_Die *found)
{
    Dwarf_Die copy = *entry;
    Dwarf_Attribute attribute;
    return dwarf_attr_integrate(&copy, name, &attribute) && dwarf_formref_die(&attribute, found);
}

static bool is_see_through(int tag)
{
    return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
           tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

static enum dwarf_type_kind kind_of(int tag)
{
    if (dwarf_places_is_record(tag))
        return DWARF_TYPE_RECORD;
    if (tag == DW_TAG_array_type)
        return DWARF_TYPE_ARRAY;
    if (tag == DW_TAG_pointer_type || tag == DW_TAG_reference_type ||
        tag == DW_TAG_rvalue_reference_type)
        return DWARF_TYPE_POINTER;
    return DWARF_TYPE_OTHER;
}

static bool is_c(Dwarf_Die *entry)
{
    Dwarf_Die unit;
    if (!dwarf_diecu(entry, &unit, NULL, NULL))
        return false;
    switch (dwarf_srclang(&unit)) {
    case DW_LANG_C:
    case DW_LANG_C89:
    case DW_LANG_C99:
    case DW_LANG_C11:
        return true;
    default:
        return false;
    }
}

/* `alias` names a struct that has no name of its own, which is common in C. */
static const char *full_name(struct dwarf_types *types, Dwarf_Die *entry, const char *alias)
{
    int tag = dwarf_tag(entry);
    const char *name = NULL;
    if (dwarf_places_is_type(tag) && dwarf_diename(entry)) {
        const struct dwarf_place *place = dwarf_places_of(types->places, entry);
        name = place ? place->name : dwarf_places_own_name(types->arena, entry);
        if (dwarf_places_is_record(tag) && is_c(entry))
            return arena_printf(types->arena, "%s %s",
                                tag == DW_TAG_union_type ? "union" : "struct", name);
        return name;
    }
    return alias ? text_utf8(types->arena, alias, strlen(alias)) : NULL;
}

/* Looks in other units for the definition of a class that this one only declares. */
static void find_definition(struct dwarf_types *types, Dwarf_Die *entry)
{
    const struct dwarf_place *place =
        dwarf_places_is_declaration(entry) ? dwarf_places_of(types->places, entry) : NULL;
    const struct dwarf_place *definition =
        place && place->name ? dwarf_places_named(types->places, place->name) : NULL;
    if (definition)
        *entry = definition->entry;
}

static uint64_t size_of(Dwarf_Die *entry)
{
    Dwarf_Word bytes;
    if (kind_of(dwarf_tag(entry)) == DWARF_TYPE_POINTER)
        return POINTER_BYTES;
    return dwarf_aggregate_size(entry, &bytes) == 0 ? bytes : 0;
}

static const struct dwarf_type *intern(struct dwarf_types *types, Dwarf_Die *entry,
                                       const char *alias)
{
    struct dwarf_type **bucket = &types->by_entry[bucket_of(entry->addr)];
    for (struct dwarf_type *type = *bucket; type; type = type->next)
        if (type->entry.addr == entry->addr)
            return type;
    struct dwarf_type *type = arena_alloc(types->arena, sizeof *type);
    type->types = types;
    type->entry = *entry;
    type->kind = kind_of(dwarf_tag(entry));
    type->size_bytes = size_of(entry);
    type->name = full_name(types, entry, alias);
    type->next = *bucket;
    *bucket = type;
    return type;
}

const struct dwarf_type *dwarf_types_at(struct dwarf_types *types, const Dwarf_Die *from)
{
    Dwarf_Die entry = *from, next;
    const char *alias = NULL;
    for (int step = 0; is_see_through(dwarf_tag(&entry)); step++) {
        if (dwarf_tag(&entry) == DW_TAG_typedef)
            alias = dwarf_diename(&entry);
        if (step == LONGEST_CHAIN || !follow(&entry, DW_AT_type, &next))
            return NULL;
        entry = next;
    }
    int tag = dwarf_tag(&entry);
    if (tag == DW_TAG_subroutine_type || tag == DW_TAG_unspecified_type || tag == DW_TAG_invalid)
        return NULL;
    find_definition(types, &entry);
    return intern(types, &entry, alias);
}

const struct dwarf_type *dwarf_types_of(struct dwarf_types *types, const Dwarf_Die *entry)
{
    Dwarf_Die type;
    return follow(entry, DW_AT_type, &type) ? dwarf_types_at(types, &type) : NULL;
}

const struct dwarf_type *dwarf_types_named(struct dwarf_types *types, const char *name)
{
    const struct dwarf_place *place = dwarf_places_named(types->places, name);
    return place ? dwarf_types_at(types, &place->entry) : NULL;
}

/* --- members --- */

static void add_member(struct dwarf_type *type, struct dwarf_type_member member)
{
    type->members = arena_grow(type->types->arena, type->members, type->member_count,
                               &type->member_capacity, sizeof *type->members);
    type->members[type->member_count++] = member;
}

/* A constant; 0 when there is none, as in a union. False: computed at run time. */
static bool member_offset(Dwarf_Die *entry, uint64_t *offset)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *operations;
    size_t count;
    *offset = 0;
    if (!dwarf_attr(entry, DW_AT_data_member_location, &attribute))
        return !dwarf_hasattr(entry, DW_AT_data_bit_offset);
    Dwarf_Word value;
    if (dwarf_formudata(&attribute, &value) == 0) {
        *offset = value;
        return true;
    }
    if (dwarf_getlocation(&attribute, &operations, &count) != 0 || count != 1 ||
        operations[0].atom != DW_OP_plus_uconst)
        return false;
    *offset = operations[0].number;
    return true;
}

static bool is_virtual_base(Dwarf_Die *entry)
{
    Dwarf_Attribute attribute;
    Dwarf_Word virtuality;
    return dwarf_tag(entry) == DW_TAG_inheritance &&
           dwarf_attr(entry, DW_AT_virtuality, &attribute) &&
           dwarf_formudata(&attribute, &virtuality) == 0 && virtuality != DW_VIRTUALITY_none;
}

static void read_member(struct dwarf_type *type, Dwarf_Die *child)
{
    struct dwarf_type_member member = {.is_base = dwarf_tag(child) == DW_TAG_inheritance};
    if (is_virtual_base(child) || !member_offset(child, &member.offset))
        return;
    member.type = dwarf_types_of(type->types, child);
    if (!member.is_base)
        member.name = dwarf_places_own_name(type->types->arena, child);
    if (!member.is_base && dwarf_hasattr(child, DW_AT_declaration))
        return; /* a static one */
    add_member(type, member);
}

static void read_members(struct dwarf_type *type)
{
    Dwarf_Die child;
    if (dwarf_child(&type->entry, &child) != 0)
        return;
    do {
        int tag = dwarf_tag(&child);
        if ((tag == DW_TAG_member && !dwarf_hasattr(&child, DW_AT_external)) ||
            tag == DW_TAG_inheritance)
            read_member(type, &child);
        else if (tag == DW_TAG_variant_part)
            continue; /* a variant of a Rust enum: which one applies is not known */
    } while (dwarf_siblingof(&child, &child) == 0);
}

static uint64_t align(uint64_t offset)
{
    return (offset + POINTER_BYTES - 1) / POINTER_BYTES * POINTER_BYTES;
}

/* The size of a class as a base: its virtual bases lie at the end of the complete object. */
static uint64_t size_as_base(const struct dwarf_type *type)
{
    bool has_virtual = false;
    uint64_t end = POINTER_BYTES; /* a class with a virtual base has a table pointer */
    const struct dwarf_type_member *members = dwarf_type_members(type);
    for (size_t i = 0; i < type->member_count; i++) {
        has_virtual |= members[i].is_virtual;
        if (members[i].is_virtual || !members[i].type)
            continue;
        uint64_t size =
            members[i].is_base ? size_as_base(members[i].type) : members[i].type->size_bytes;
        end = members[i].offset + size > end ? members[i].offset + size : end;
    }
    return has_virtual ? end : type->size_bytes;
}

static bool has_base(const struct dwarf_type *type, const struct dwarf_type *base)
{
    for (size_t i = 0; i < type->member_count; i++)
        if (type->members[i].is_base && type->members[i].type == base)
            return true;
    return false;
}

/*
 * Each complete class decides where its virtual bases lie, and DWARF only says how to find out at
 * run time. The C++ ABI puts them after everything else, in the order in which a walk over the
 * bases meets them.
 */
static void place_bases_of(struct dwarf_type *type, const Dwarf_Die *of, uint64_t *end, int depth)
{
    Dwarf_Die parent = *of, child;
    if (depth > LONGEST_CHAIN || dwarf_child(&parent, &child) != 0)
        return;
    do {
        const struct dwarf_type *base =
            dwarf_tag(&child) == DW_TAG_inheritance ? dwarf_types_of(type->types, &child) : NULL;
        if (!base || base == type)
            continue;
        if (is_virtual_base(&child) && !has_base(type, base)) {
            struct dwarf_type_member member = {
                .offset = align(*end), .type = base, .is_base = true, .is_virtual = true};
            add_member(type, member);
            *end = member.offset + size_as_base(base);
        }
        place_bases_of(type, &base->entry, end, depth + 1);
    } while (dwarf_siblingof(&child, &child) == 0);
}

/* A base whose only member is the table pointer may share the class's own, which takes less room.
 */
static void place_virtual_bases(struct dwarf_type *type)
{
    uint64_t end = POINTER_BYTES;
    for (size_t i = 0; i < type->member_count; i++) {
        const struct dwarf_type_member *member = &type->members[i];
        uint64_t size = !member->type     ? 0
                        : member->is_base ? size_as_base(member->type)
                                          : member->type->size_bytes;
        end = member->offset + size > end ? member->offset + size : end;
    }
    place_bases_of(type, &type->entry, &end, 0);
}

static struct dwarf_type *with_members(const struct dwarf_type *type)
{
    struct dwarf_type *known = (struct dwarf_type *)(uintptr_t)type;
    if (!known->knows_members && known->kind == DWARF_TYPE_RECORD) {
        known->knows_members = true;
        read_members(known);
        place_virtual_bases(known);
    }
    return known;
}

/* --- what others ask --- */

enum dwarf_type_kind dwarf_type_kind(const struct dwarf_type *type)
{
    return type->kind;
}

const char *dwarf_type_name(const struct dwarf_type *type)
{
    return type->name;
}

uint64_t dwarf_type_size(const struct dwarf_type *type)
{
    return type->size_bytes;
}

bool dwarf_type_is_union(const struct dwarf_type *type)
{
    Dwarf_Die entry = type->entry;
    return dwarf_tag(&entry) == DW_TAG_union_type;
}

const struct dwarf_type *dwarf_type_target(const struct dwarf_type *type)
{
    struct dwarf_type *known = (struct dwarf_type *)(uintptr_t)type;
    if (!known->knows_target &&
        (known->kind == DWARF_TYPE_POINTER || known->kind == DWARF_TYPE_ARRAY)) {
        known->knows_target = true;
        known->target = dwarf_types_of(known->types, &known->entry);
    }
    return known->target;
}

const struct dwarf_type_member *dwarf_type_members(const struct dwarf_type *type)
{
    return with_members(type)->members;
}

size_t dwarf_type_member_count(const struct dwarf_type *type)
{
    return with_members(type)->member_count;
}

const struct dwarf_type *dwarf_type_argument(const struct dwarf_type *type)
{
    return type->kind == DWARF_TYPE_RECORD ? dwarf_types_argument_of(type->types, &type->entry)
                                           : NULL;
}

const struct dwarf_type *dwarf_types_argument_of(struct dwarf_types *types, const Dwarf_Die *entry)
{
    Dwarf_Die parent = *entry, child;
    if (dwarf_child(&parent, &child) != 0)
        return NULL;
    do
        if (dwarf_tag(&child) == DW_TAG_template_type_parameter)
            return dwarf_types_of(types, &child);
    while (dwarf_siblingof(&child, &child) == 0);
    return NULL;
}

bool dwarf_types_class_of(struct dwarf_types *types, const Dwarf_Die *function, Dwarf_Die *found)
{
    Dwarf_Die at = *function, next;
    for (int step = 0; step < LONGEST_CHAIN; step++) {
        if (!follow(&at, DW_AT_abstract_origin, &next) && !follow(&at, DW_AT_specification, &next))
            break;
        if (next.addr == at.addr)
            break;
        at = next;
    }
    const struct dwarf_place *place = dwarf_places_of(types->places, &at);
    if (!place)
        return false;
    *found = place->parent;
    return dwarf_places_is_record(dwarf_tag(found));
}
