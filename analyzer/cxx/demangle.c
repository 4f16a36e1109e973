/* SPDX-License-Identifier: MIT */
#include "analyzer/cxx/demangle.h"

#include <libiberty/demangle.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/text.h"

enum { LONGEST_NAME = 16 * 1024 }; /* no real name is longer, and demangling costs time and stack */

/* The length without the suffixes that GCC and LLVM add for parts and copies of a function. */
static size_t plain_length(const char *name)
{
    static const char *const suffixes[] = {".part.", ".isra.",     ".constprop.", ".cold",
                                           ".llvm.", ".lto_priv.", ".localalias"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        const char *found = strstr(name, suffixes[i]);
        if (found && found > name && (size_t)(found - name) < length)
            length = (size_t)(found - name);
    }
    return length;
}

/* The result is malloc'ed; NULL for a plain name. */
static char *demangle_any(const char *name)
{
    char *plain = rust_demangle(name, DMGL_NO_OPTS);
    return plain ? plain : cplus_demangle_v3(name, DMGL_ANSI);
}

const char *demangle(struct arena *arena, const char *linkage_name)
{
    size_t length = plain_length(linkage_name);
    const char *name = arena_copy(arena, linkage_name, length);
    bool is_mangled =
        name[0] == '_' && (name[1] == 'Z' || name[1] == 'R') && length <= LONGEST_NAME;
    char *plain = is_mangled ? demangle_any(name) : NULL;
    if (!plain)
        return text_utf8(arena, name, length);

    const char *text = text_utf8(arena, plain, strlen(plain));
    free(plain);
    return text;
}

const char *demangle_with_parameters(struct arena *arena, const char *linkage_name)
{
    char *plain = strlen(linkage_name) <= LONGEST_NAME
                      ? cplus_demangle_v3(linkage_name, DMGL_ANSI | DMGL_PARAMS)
                      : NULL;
    const char *text = plain ? text_utf8(arena, plain, strlen(plain)) : NULL;
    free(plain);
    return text;
}

const char *demangle_type(struct arena *arena, const char *type_name)
{
    static const char prefix[] = "typeinfo name for ";
    if (type_name[0] == '*')
        type_name++; /* marks a type local to one file */
    char *plain = NULL;
    if (strlen(type_name) <= LONGEST_NAME)
        plain =
            cplus_demangle_v3(arena_printf(arena, "_ZTS%s", type_name), DMGL_ANSI | DMGL_PARAMS);
    bool is_type = plain && strncmp(plain, prefix, strlen(prefix)) == 0;
    const char *name = is_type ? plain + strlen(prefix) : type_name;
    const char *text = text_utf8(arena, name, strlen(name));
    free(plain);
    return text;
}
