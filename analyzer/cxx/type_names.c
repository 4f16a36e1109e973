/* SPDX-License-Identifier: MIT */
#include "analyzer/cxx/type_names.h"

#include <stddef.h>
#include <string.h>

#include "analyzer/cxx/brackets.h"

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool type_names_is_library(const char *name)
{
    return name && (begins_with(name, "std::") || begins_with(name, "__gnu_cxx::") ||
                    begins_with(name, "__cxxabiv1::"));
}

bool type_names_begins(const char *name, const char *start)
{
    static const char versioned[] = "std::__1::", plain[] = "std::";
    if (begins_with(name, versioned) && begins_with(start, plain))
        return begins_with(name + strlen(versioned), start + strlen(plain));
    return begins_with(name, start);
}

/* What libstdc++ and libc++ wrap around a shared object, or put beside it. */
static const struct {
    const char *prefix, *suffix;
} shared_blocks[] = {
    {"std::_Sp_counted_ptr_inplace<", ""},
    {"std::_Sp_counted_ptr<", " (reference count)"},
    {"std::_Sp_counted_deleter<", " (reference count)"},
    {"std::__1::__shared_ptr_emplace<", ""},
    {"std::__1::__shared_ptr_pointer<", " (reference count)"},
};

static size_t first_argument_bytes(const char *arguments)
{
    size_t end = brackets_argument(arguments);
    while (end > 0 && arguments[end - 1] == ' ')
        end--;
    return end;
}

const char *type_names_first_argument(struct arena *arena, const char *arguments)
{
    return arena_copy(arena, arguments, first_argument_bytes(arguments));
}

/* Drops a pointer's star. */
static size_t pointee_bytes(const char *type, size_t bytes)
{
    while (bytes > 0 && (type[bytes - 1] == '*' || type[bytes - 1] == ' '))
        bytes--;
    return bytes;
}

const char *type_names_of_user(struct arena *arena, const char *type)
{
    for (size_t i = 0; i < sizeof shared_blocks / sizeof *shared_blocks; i++) {
        size_t length = strlen(shared_blocks[i].prefix);
        if (strncmp(type, shared_blocks[i].prefix, length) != 0)
            continue;
        size_t bytes = pointee_bytes(type + length, first_argument_bytes(type + length));
        if (bytes > 0)
            return arena_printf(arena, "%.*s%s", (int)bytes, type + length,
                                shared_blocks[i].suffix);
    }
    return type;
}

/* --- short names --- */

enum { MOST_ARGUMENTS = 16, DEEPEST_NAME = 24, LONGEST_NAME = 4096 };

struct shortener {
    struct arena *arena;
    const char *at;
};

static const char *shorten(struct shortener *shortener, int depth);

/* Default template arguments. */
static bool is_default_argument(const char *argument)
{
    static const char *const defaults[] = {"allocator<",
                                           "less<",
                                           "char_traits<",
                                           "default_delete<",
                                           "hash<",
                                           "equal_to<",
                                           "(__gnu_cxx::_Lock_policy)",
                                           "__gnu_cxx::_S_"};
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (begins_with(argument, defaults[i]))
            return true;
    return false;
}

/* Drops the library's inner namespaces, and std:: too when `inner`. */
static const char *plain_scope(const char *name, bool inner)
{
    static const char *const scopes[] = {
        "std::__cxx11::", "std::__detail::", "std::__1::", "std::"};
    for (size_t i = 0; inner && i < sizeof scopes / sizeof *scopes; i++)
        if (begins_with(name, scopes[i]))
            return name + strlen(scopes[i]);
    return name;
}

/* Turns "pair<K const, V>" into "K, V"; anything else stays. */
static const char *key_and_value(struct arena *arena, const char *argument, bool *is_pair)
{
    size_t length = strlen(argument);
    *is_pair = begins_with(argument, "pair<") && argument[length - 1] == '>';
    if (!*is_pair)
        return argument;
    size_t first = first_argument_bytes(argument + 5);
    const char *key = arena_copy(arena, argument + 5, first), *rest = argument + 5 + strlen(key);
    while (*rest && *rest != ',')
        rest++; /* a star that was dropped */
    const char *const_key = strstr(key, " const");
    if (const_key && !const_key[6])
        key = arena_copy(arena, key, (size_t)(const_key - key));
    else if (begins_with(key, "const "))
        key += 6;
    return arena_printf(arena, "%s%.*s", key, (int)(strlen(rest) - 1), rest);
}

static const char *name_of_node(struct arena *arena, const char *name, const char *argument)
{
    static const struct {
        const char *node, *of_pairs, *of_others;
    } nodes[] = {
        {"_Rb_tree_node", "map", "set"},
        {"_Hash_node", "unordered_map", "unordered_set"},
        {"_List_node", "list", "list"},
        {"_Fwd_list_node", "forward_list", "forward_list"},
    };
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        bool is_pair;
        if (strcmp(name, nodes[i].node) != 0)
            continue;
        const char *inside = key_and_value(arena, argument, &is_pair);
        bool is_list = nodes[i].of_pairs == nodes[i].of_others;
        return arena_printf(arena, "%s<%s> node", is_pair ? nodes[i].of_pairs : nodes[i].of_others,
                            is_list ? argument : inside);
    }
    return NULL;
}

static const char *join_template(struct arena *arena, const char *name,
                                 const char *const *arguments, size_t count, bool inner)
{
    if (count && strcmp(name, "basic_string") == 0 && strcmp(arguments[0], "char") == 0)
        return inner ? "string" : "std::string";
    const char *node = count ? name_of_node(arena, name, arguments[0]) : NULL;
    if (node)
        return node;
    while (count > 1 && is_default_argument(arguments[count - 1]))
        count--;
    const char *list = count ? arguments[0] : "";
    for (size_t i = 1; i < count; i++)
        list = arena_printf(arena, "%s, %s", list, arguments[i]);
    return arena_printf(arena, "%s<%s>", name, list);
}

/* Reads a template's arguments with their brackets. */
static const char *read_template(struct shortener *shortener, const char *name, int depth)
{
    const char *arguments[MOST_ARGUMENTS];
    size_t count = 0;
    shortener->at++;
    while (*shortener->at && *shortener->at != '>') {
        const char *argument = shorten(shortener, depth + 1);
        if (count < MOST_ARGUMENTS)
            arguments[count++] = argument;
        while (*shortener->at == ',' || *shortener->at == ' ')
            shortener->at++;
    }
    if (*shortener->at)
        shortener->at++;
    return join_template(shortener->arena, plain_scope(name, true), arguments, count, depth > 0);
}

/* Copies a function's parameters as they are. Lambdas are spelled `<lambda(int)>` or
 * `{lambda(int)#1}`. */
static const char *read_enclosed(struct shortener *shortener)
{
    const char *start = shortener->at;
    shortener->at = brackets_skip(start);
    if (begins_with(start, "<lambda") || begins_with(start, "{lambda"))
        return "lambda";
    return arena_copy(shortener->arena, start, (size_t)(shortener->at - start));
}

static const char *read_path(struct shortener *shortener)
{
    size_t length = strcspn(shortener->at, "<>,(){} ");
    const char *start = shortener->at;
    const char *lambda = memmem(start, length, "::$_", 4); /* as clang calls it */
    shortener->at += length;
    if (lambda)
        return arena_printf(shortener->arena, "%.*s::lambda", (int)(lambda - start), start);
    return arena_copy(shortener->arena, start, length);
}

static bool ends_with_scope(const char *text)
{
    size_t length = strlen(text);
    return length == 0 || text[length - 1] == ':' || text[length - 1] == ' ';
}

/* Reads one argument, or the whole name: up to a comma or a closing bracket. */
static const char *shorten(struct shortener *shortener, int depth)
{
    struct arena *arena = shortener->arena;
    const char *text = "";
    while (*shortener->at && *shortener->at != ',' && *shortener->at != '>') {
        const char *piece;
        if (strchr("(){}", *shortener->at) || (*shortener->at == '<' && ends_with_scope(text))) {
            piece = read_enclosed(shortener);
        } else if (*shortener->at == ' ') {
            shortener->at++;
            piece = strchr(",>*&", *shortener->at) ? "" : " "; /* clang writes "Node *" */
        } else {
            const char *path = read_path(shortener);
            bool is_template =
                *shortener->at == '<' && !ends_with_scope(path) && depth < DEEPEST_NAME;
            piece =
                is_template ? read_template(shortener, path, depth) : plain_scope(path, depth > 0);
            if (!is_template && *shortener->at == '<')
                piece = arena_printf(arena, "%s%s", piece, read_enclosed(shortener));
        }
        text = arena_printf(arena, "%s%s", text, piece);
    }
    return text;
}

const char *type_names_short(struct arena *arena, const char *type)
{
    if (!strpbrk(type, "<{$") || strlen(type) > LONGEST_NAME)
        return plain_scope(type, false);
    struct shortener shortener = {arena, type};
    const char *name = shorten(&shortener, 0);
    return *shortener.at ? type : name; /* unbalanced brackets */
}
