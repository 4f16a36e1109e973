/* SPDX-License-Identifier: MIT */
#include "analyzer/type_names.h"

#include <stddef.h>
#include <string.h>

/* What libstdc++ and libc++ put around or beside a shared object. */
static const struct {
    const char *prefix, *suffix;
} shared_blocks[] = {
    {"std::_Sp_counted_ptr_inplace<", ""},
    {"std::_Sp_counted_ptr<", " (reference count)"},
    {"std::_Sp_counted_deleter<", " (reference count)"},
    {"std::__1::__shared_ptr_emplace<", ""},
    {"std::__1::__shared_ptr_pointer<", " (reference count)"},
};

/* Up to the comma or the bracket that ends the first template argument; a pointer's star goes. */
static size_t first_argument_bytes(const char *arguments)
{
    int depth = 0;
    size_t end = 0;
    for (; arguments[end]; end++) {
        char c = arguments[end];
        if (depth == 0 && (c == ',' || c == '>'))
            break;
        if (c == '<' || c == '(')
            depth++;
        else if (c == '>' || c == ')')
            depth--;
    }
    while (end > 0 && (arguments[end - 1] == '*' || arguments[end - 1] == ' '))
        end--;
    return end;
}

const char *type_names_of_user(struct arena *arena, const char *type)
{
    for (size_t i = 0; i < sizeof shared_blocks / sizeof *shared_blocks; i++) {
        size_t length = strlen(shared_blocks[i].prefix);
        if (strncmp(type, shared_blocks[i].prefix, length) != 0)
            continue;
        size_t bytes = first_argument_bytes(type + length);
        if (bytes > 0)
            return arena_printf(arena, "%.*s%s", (int)bytes, type + length,
                                shared_blocks[i].suffix);
    }
    return type;
}
