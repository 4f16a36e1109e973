/* SPDX-License-Identifier: MIT */
#include "preload/scan/python_type_names.h"

#include <stdbool.h>
#include <string.h>

#include "preload/python/python_layout.h"
#include "preload/scan/python_dicts.h"
#include "preload/scan/python_types.h"

/* "module." of a class on the heap, unless it is a builtin one; returns its length. */
static size_t put_module(uintptr_t type, char *name, size_t capacity)
{
    uintptr_t module = python_dicts_get(python_word(type, PYTHON_TYPE_DICT), "__module__");
    bool is_shown = module && python_types_text(module, name, capacity / 2) && *name &&
                    strcmp(name, "builtins") != 0;
    if (!is_shown)
        return 0;
    size_t used = strlen(name);
    name[used++] = '.';
    return used;
}

/* A static class's name has its module in it. */
void python_type_names_get(uint32_t index, char *name, size_t capacity)
{
    uintptr_t type = python_types_address(index);
    const char *c_name = (const char *)python_word(type, PYTHON_TYPE_NAME);
    size_t used = 0;
    if (python_types_is_on_heap(type)) {
        used = put_module(type, name, capacity);
        if (python_types_text(python_word(type, python_layout.type_qualname), name + used,
                              capacity - used))
            return;
    }
    size_t length = strnlen(c_name, capacity - used - 1);
    memcpy(name + used, c_name, length);
    name[used + length] = 0;
}
