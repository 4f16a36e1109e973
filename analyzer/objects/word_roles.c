/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/word_roles.h"

#include <string.h>

#include "analyzer/base/hash.h"
#include "analyzer/cxx/type_names.h"

struct known {
    uint32_t kind;
    bool is_used;
    enum word_role role;
    uint64_t offset;
};

struct word_roles {
    struct arena *arena;
    struct node_names *names;
    struct root_names *roots;
    struct known *known; /* hash table */
    size_t slot_count, count;
};

struct word_roles *word_roles_new(struct arena *arena, struct node_names *names,
                                  struct root_names *roots)
{
    struct word_roles *roles = arena_alloc(arena, sizeof *roles);
    roles->arena = arena;
    roles->names = names;
    roles->roots = roots;
    return roles;
}

/* --- by name --- */

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static const char *end_of_name(const char *at)
{
    while (*at && !strchr("<>,(", *at))
        at++;
    return at;
}

static const char *end_of_arguments(const char *at)
{
    int depth = 0;
    do {
        depth += *at == '<';
        depth -= *at == '>';
    } while (*at++ && depth > 0);
    return at;
}

/* What holds no smart pointer: a number, a pointer, a class of the library. A class of the program
   may hold anything. */
static bool is_plain(const char *name, const char *end)
{
    static const char *const words[] = {"bool",  "char",   "short", "int",    "long", "unsigned",
                                        "float", "double", "const", "signed", "true", "false"};
    while (end > name && (end[-1] == ' ' || end[-1] == '&'))
        end--;
    if (name == end || end[-1] == '*' || (*name >= '0' && *name <= '9') ||
        type_names_is_library(name))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (begins_with(name, words[i])) {
            const char *next = name + strlen(words[i]);
            return next == end || (*next == ' ' && is_plain(next + 1, end));
        }
    return false;
}

enum word_role word_role_by_name(const char *type)
{
    bool weak = false, strong = false;
    for (const char *at = type; *at;) {
        at += strspn(at, "<>, ");
        const char *end = end_of_name(at);
        bool is_weak =
            type_names_begins(at, "std::weak_ptr<") || begins_with(at, "boost::weak_ptr<");
        bool is_shared =
            type_names_begins(at, "std::shared_ptr<") || begins_with(at, "boost::shared_ptr<");
        weak |= is_weak;
        strong |= is_shared;
        if (is_weak || is_shared)
            at = end_of_arguments(end);
        else if (*end == '(' || !is_plain(at, end))
            return WORD_UNKNOWN;
        else
            at = end;
    }
    return weak == strong ? WORD_UNKNOWN : weak ? WORD_WEAK : WORD_STRONG_SLOT;
}

/* --- by type --- */

static enum word_role role_of_label(const struct edge_label *label)
{
    if (label->ownership == EDGE_WEAK)
        return WORD_WEAK;
    if (label->ownership == EDGE_SHARED)
        return label->is_slot ? WORD_STRONG_SLOT : WORD_STRONG;
    return WORD_UNKNOWN;
}

static enum word_role find_role(struct word_roles *roles, uint32_t node, uint64_t offset)
{
    const char *made_for = node_names_made_for(roles->names, node);
    if (made_for)
        return word_role_by_name(made_for);
    if (!node_names_is_certain(roles->names, node))
        return WORD_UNKNOWN;
    struct edge_label label = node_names_edge(roles->names, node, offset);
    return role_of_label(&label);
}

/* --- the table --- */

static struct known *place_of(const struct word_roles *roles, uint32_t kind, uint64_t offset)
{
    size_t slot = hash_mix(kind, offset) & (roles->slot_count - 1);
    while (roles->known[slot].is_used &&
           (roles->known[slot].kind != kind || roles->known[slot].offset != offset))
        slot = (slot + 1) & (roles->slot_count - 1);
    return &roles->known[slot];
}

static void widen(struct word_roles *roles)
{
    struct known *before = roles->known;
    size_t count = roles->slot_count;
    roles->slot_count = count ? count * 2 : 256;
    roles->known = arena_array(roles->arena, roles->slot_count, sizeof *roles->known);
    for (size_t i = 0; i < count; i++)
        if (before[i].is_used)
            *place_of(roles, before[i].kind, before[i].offset) = before[i];
}

enum word_role word_roles_of(struct word_roles *roles, uint32_t node, uint64_t offset)
{
    uint32_t kind = node_names_kind(roles->names, node);
    uint64_t element = node_names_element_bytes(roles->names, node);
    if (element)
        offset %= element; /* of the first one */
    if (roles->count * 2 >= roles->slot_count)
        widen(roles);
    struct known *known = place_of(roles, kind, offset);
    if (!known->is_used) {
        *known = (struct known){kind, true, find_role(roles, node, offset), offset};
        roles->count++;
    }
    return known->role;
}

enum word_role word_roles_of_root(struct word_roles *roles, const struct graph_root *root)
{
    struct edge_label label = {0};
    if (roles->roots)
        label = root_names_label(roles->roots, root);
    return role_of_label(&label);
}
