/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/node_texts.h"

#include <inttypes.h>
#include <string.h>

#include "analyzer/cxx/type_names.h"
#include "analyzer/symbols/symbols.h"

static const char *name_of_type(struct arena *arena, const struct dwarf_type *type)
{
    const char *name = dwarf_type_name(type);
    const struct dwarf_type *target = dwarf_type_target(type);
    if (name)
        return type_names_short(arena, name);
    if (dwarf_type_kind(type) != DWARF_TYPE_POINTER)
        return NULL;
    const char *inner = target ? name_of_type(arena, target) : "void";
    return inner ? arena_printf(arena, "%s*", inner) : NULL;
}

/* What elements are elements of: "Planner.path_" for "Planner.path_ buffer", "Goal" for "Goal[3]".
 */
static size_t length_of_array(const char *text)
{
    static const char buffer[] = " buffer";
    size_t length = strlen(text), suffix = strlen(buffer);
    if (length > suffix && strcmp(text + length - suffix, buffer) == 0)
        return length - suffix;
    const char *bracket = strrchr(text, '[');
    return bracket && text[length - 1] == ']' ? (size_t)(bracket - text) : length;
}

/* "Planner.path_ buffer". All elements share one name: "Planner.path_[].name buffer". */
static const char *text_by_holder(struct node_names *names, const struct name *name)
{
    const char *label = name->holder_label;
    const char *holder = label ? node_texts_of_kind(names, name->holder) : NULL;
    const char *behind = label && label[0] == '[' ? strchr(label, ']') : NULL;
    if (!holder)
        return NULL;
    if (names->all[name->holder].storage)
        return arena_printf(names->arena, "TLS %s buffer", label);
    if (!behind)
        return arena_printf(names->arena, "%s.%s buffer", holder, label);
    return arena_printf(names->arena, "%.*s[%s buffer", (int)length_of_array(holder), holder,
                        behind);
}

static const char *text_by_type(struct node_names *names, const struct node_kind *kind,
                                const struct name *name)
{
    const char *text = name_of_type(names->arena, name->type);
    bool is_object = dwarf_type_kind(name->type) == DWARF_TYPE_RECORD && !name->is_array;
    const char *by_holder = is_object ? NULL : text_by_holder(names, name);
    if (by_holder || is_object || !text || dwarf_type_size(name->type) == 0)
        return by_holder ? by_holder : text;
    if (dwarf_type_kind(name->type) == DWARF_TYPE_OTHER)
        return arena_printf(names->arena, "%s[]", text);
    uint64_t count = kind->size_bytes / dwarf_type_size(name->type);
    return count > 1 ? arena_printf(names->arena, "%s[%" PRIu64 "]", text, count) : text;
}

uint32_t node_texts_stack_of(const struct node_names *names, const struct node_kind *kind)
{
    const struct recording_site *site = recording_site(names->recording, kind->site);
    return site ? site->stack : 0;
}

/* libstdc++ reserves memory for exceptions before main: in its own code, called by the loader. */
static bool is_exception_pool(struct node_names *names, const struct node_kind *kind)
{
    enum { SMALLEST_POOL = 16384 };
    uint32_t stack = kind->size_bytes >= SMALLEST_POOL ? node_texts_stack_of(names, kind) : 0;
    while (stack && (stacks_module_flags(names->stacks, stack) & RECORDING_MODULE_SHIM))
        stack = recording_stack_node(names->recording, stack)->parent;
    struct stacks_place place;
    if (!stack || !stacks_place(names->stacks, stack, &place) ||
        !symbols_is_libstdcxx(place.module))
        return false;
    uint32_t caller = recording_stack_node(names->recording, stack)->parent;
    return stacks_module_flags(names->stacks, caller) & RECORDING_MODULE_LOADER;
}

static const char *make_text(struct node_names *names, uint32_t index)
{
    const struct node_kind *kind = &names->kinds.all[index];
    const struct name *name = &names->all[index];
    const char *class = names->graph->type_names[kind->type];
    if (name->storage)
        return root_names_storage_text(names->roots, name->storage);
    if (name->pool)
        return arena_printf(names->arena, "pool of %s", name->pool);
    if (class)
        return type_names_short(names->arena, class);
    const char *text = name->type ? text_by_type(names, kind, name) : NULL;
    if (text)
        return text;
    if (name->made_for && !name->made_many)
        return type_names_short(names->arena, name->made_for);
    const char *by_holder = text_by_holder(names, name);
    if (!by_holder && is_exception_pool(names, kind))
        return "exception memory of libstdc++";
    if (!by_holder && !name->made_for)
        return name->python_part;
    if (by_holder)
        return by_holder;
    if (strcmp(name->made_for, "std::__detail::_Hash_node_base*") == 0)
        return "hash table buckets";
    return arena_printf(names->arena, "%s[]", type_names_short(names->arena, name->made_for));
}

/* Marks the kind first: two that hold one another would ask each other for ever. */
const char *node_texts_of_kind(struct node_names *names, uint32_t kind)
{
    struct name *name = &names->all[kind];
    if (!name->has_text) {
        name->has_text = true;
        name->text = make_text(names, kind);
        if (names->kinds.all[kind].is_expired)
            name->text =
                arena_printf(names->arena, "%s (expired)", name->text ? name->text : "object");
    }
    return name->text;
}
