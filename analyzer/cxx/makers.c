/* SPDX-License-Identifier: MIT */
#include "analyzer/cxx/makers.h"

#include <string.h>

#include "analyzer/cxx/brackets.h"
#include "analyzer/cxx/type_names.h"

/*
 * Members of a class template made for the type; without a class, function templates. The first
 * match wins, so whatever else a container makes comes before its elements.
 */
struct maker {
    const char *class,
        *function; /* NULL: any member; a trailing star matches any rest of the name */
    const char *before, *behind; /* around the template argument */
    unsigned argument;           /* its number, from 0 */
    bool makes_many;
};
static const struct maker makers[] = {
    {"__new_allocator", "allocate", "", "", 0, true},
    {"new_allocator", "allocate", "", "", 0, true},
    {"allocator", "allocate", "", "", 0, true},
    {"malloc_allocator", "allocate", "", "", 0, true},
    {"_Base_manager", "_M_create", "", "", 0, false},
    {"_Base_manager", "_M_init_functor", "", "", 0, false},
    {"_Manager_external", "_S_create", "", "", 0, false},
    {NULL, "make_unique", "", "", 0, false},
    {NULL, "make_unique_for_overwrite", "", "", 0, false},

    {"vector", NULL, "", "", 0, true},
    {"_Vector_base", NULL, "", "", 0, true},
    {"_Deque_base", "_M_create_nodes", "", "", 0, true},
    {"_Deque_base", "_M_initialize_map", "", "", 0, true},
    {"deque", "_M_reallocate_map", "", "*", 0, true},
    {"deque", NULL, "", "", 0, true},
    {"list", NULL, "std::_List_node<", ">", 0, false},
    {"_List_base", NULL, "std::_List_node<", ">", 0, false},
    {"forward_list", NULL, "std::_Fwd_list_node<", ">", 0, false},
    {"_Fwd_list_base", NULL, "std::_Fwd_list_node<", ">", 0, false},
    {"_Rb_tree", NULL, "std::_Rb_tree_node<", ">", 1, false},
    {"_Hashtable", "_M_rehash*", "std::__detail::_Hash_node_base*", NULL, 0, true},
    {"_Hashtable", "_M_allocate_buckets", "std::__detail::_Hash_node_base*", NULL, 0, true},
    {"_Rehash_base", NULL, "std::__detail::_Hash_node_base*", NULL, 0, true},
    {"_Hashtable", NULL, "std::__detail::_Hash_node<", ", false>", 1, false},
    {"_Map_base", NULL, "std::__detail::_Hash_node<", ", false>", 1, false},
    {"_Insert_base", NULL, "std::__detail::_Hash_node<", ", false>", 1, false},
    {"_Insert", NULL, "std::__detail::_Hash_node<", ", false>", 1, false},
    {"_Hashtable_alloc", "_M_allocate_buckets", "std::__detail::_Hash_node_base*", NULL, 0, true},
    {"basic_string", NULL, "", "", 0, true},
};

/* The parts of "ns::Class<A>::function<B>". */
struct parts {
    const char *class, *class_arguments, *function, *function_arguments;
    size_t class_bytes, function_bytes;
};

/* Walks a path and keeps its last two names and where their arguments begin. */
static struct parts split(const char *path)
{
    struct parts parts = {.function = path};
    for (const char *at = path; *at;) {
        if (*at == '<' && !parts.function_arguments) {
            parts.function_bytes = (size_t)(at - parts.function);
            parts.function_arguments = at + 1;
        }
        if (at[0] != ':' || at[1] != ':') {
            at = brackets_skip(at);
            continue;
        }
        parts.class = parts.function;
        parts.class_bytes =
            parts.function_bytes ? parts.function_bytes : (size_t)(at - parts.function);
        parts.class_arguments = parts.function_arguments;
        at += 2;
        parts.function = at;
        parts.function_bytes = 0;
        parts.function_arguments = NULL;
    }
    if (!parts.function_bytes)
        parts.function_bytes = strlen(parts.function);
    return parts;
}

static bool is_name(const char *name, const char *text, size_t bytes)
{
    size_t length = strlen(name);
    if (!text)
        return false;
    if (name[length - 1] == '*')
        return bytes >= length - 1 && memcmp(name, text, length - 1) == 0;
    return length == bytes && memcmp(name, text, bytes) == 0;
}

static bool fits(const struct maker *maker, const struct parts *parts)
{
    if (maker->function && !is_name(maker->function, parts->function, parts->function_bytes))
        return false;
    return maker->class ? parts->class_arguments &&
                              is_name(maker->class, parts->class, parts->class_bytes)
                        : parts->function_arguments != NULL;
}

/* The numbered argument of "A, B, C>"; NULL when there are fewer. */
static const char *argument_of(struct arena *arena, const char *arguments, unsigned number)
{
    for (; number > 0; number--) {
        arguments += brackets_argument(arguments);
        if (*arguments != ',')
            return NULL;
        arguments += 1 + strspn(arguments + 1, " ");
    }
    return type_names_first_argument(arena, arguments);
}

bool makers_find(struct maker_product *product, struct arena *arena, const char *function)
{
    if (!type_names_is_library(function))
        return false;
    struct parts parts = split(function);
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        const struct maker *maker = &makers[i];
        if (!fits(maker, &parts))
            continue;
        const char *argument =
            argument_of(arena, maker->class ? parts.class_arguments : parts.function_arguments,
                        maker->argument);
        bool is_plain = maker->behind && !*maker->before && !*maker->behind && maker->argument == 0;
        if (!argument)
            return false;
        *product = (struct maker_product){
            .type = maker->behind
                        ? arena_printf(arena, "%s%s%s", maker->before, argument, maker->behind)
                        : maker->before,
            .is_class_argument = is_plain && maker->class,
            .is_own_argument = is_plain && !maker->class,
            .makes_many = maker->makes_many,
        };
        return true;
    }
    return false;
}
