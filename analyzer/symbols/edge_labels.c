/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols/edge_labels.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/base/text.h"
#include "analyzer/cxx/type_names.h"

const char *const edge_ownership_names[] = {
    [EDGE_PLAIN] = NULL,  [EDGE_SHARED] = "shared", [EDGE_INTRUSIVE] = "intrusive",
    [EDGE_WEAK] = "weak", [EDGE_OWNED] = "owned",   [EDGE_LINK] = "link",
};

enum { DEEPEST_MEMBER = 24, LABEL_BYTES = 240, POINTER_BYTES = 8 };

struct walk {
    struct arena *arena;
    enum edge_ownership ownership;
    bool in_library;               /* the class around the member is the library's */
    bool in_slot;                  /* it lies in an element of an array or of a union */
    bool pointers_only;            /* a second walk also takes what is no pointer */
    const struct dwarf_type *base; /* the class that the next member is inherited from */
    const struct dwarf_type *leaf;
    size_t length;
    char text[LABEL_BYTES];
};

static bool descend(struct walk *walk, const struct dwarf_type *type, uint64_t offset,
                    bool is_complete, int depth);

/* Classes that stand for a pointer: they and what they hold are one level of the program's
 * structure, not two. */
static const struct {
    const char *start; /* the start of the class's name; NULL: look anywhere in its last part */
    const char *part;
    enum edge_ownership ownership;
} pointer_classes[] = {
    {"std::weak_ptr<", NULL, EDGE_WEAK},
    {"std::__weak_ptr<", NULL, EDGE_WEAK},
    {"std::shared_ptr<", NULL, EDGE_SHARED},
    {"std::__shared_ptr<", NULL, EDGE_SHARED},
    {"boost::weak_ptr<", NULL, EDGE_WEAK},
    {"boost::shared_ptr<", NULL, EDGE_SHARED},
    {"std::_Sp_counted_ptr<", NULL, EDGE_SHARED},
    {"std::_Sp_counted_deleter<", NULL, EDGE_SHARED},
    {"std::__shared_ptr_pointer<", NULL, EDGE_SHARED},
    {NULL, "scoped_ptr<", EDGE_OWNED},
    {NULL, "ScopedPtr<", EDGE_OWNED},
    {NULL, "UniquePtr<", EDGE_OWNED},
    {NULL, "WeakPtr<", EDGE_WEAK},
    {NULL, "weak_ptr<", EDGE_WEAK},
    {NULL, "SharedPtr<", EDGE_SHARED},
    {NULL, "shared_ptr<", EDGE_SHARED},
    {NULL, "_ptr<", EDGE_INTRUSIVE},
    {NULL, "Ptr<", EDGE_INTRUSIVE},
    {NULL, "RefPtr<", EDGE_INTRUSIVE},
    {NULL, "Ref<", EDGE_INTRUSIVE},
};

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool is_pointer_class(const char *name, enum edge_ownership *ownership)
{
    const char *arguments = strchr(name, '<');
    for (size_t i = 0; arguments && i < sizeof pointer_classes / sizeof *pointer_classes; i++) {
        const char *start = pointer_classes[i].start, *part = pointer_classes[i].part;
        size_t length = part ? strlen(part) : 0;
        bool is_part = part && arguments + 1 - name >= (ptrdiff_t)length &&
                       strncmp(arguments + 1 - length, part, length) == 0;
        if (start ? type_names_begins(name, start) : is_part && !type_names_is_library(name)) {
            *ownership = pointer_classes[i].ownership;
            return true;
        }
    }
    return false;
}

/* The outermost class decides. Inside the library, everything else is owned by its holder. */
static void enter_class(struct walk *walk, const char *name)
{
    enum edge_ownership ownership;
    if (is_pointer_class(name, &ownership)) {
        walk->ownership = walk->ownership == EDGE_PLAIN || walk->ownership == EDGE_OWNED
                              ? ownership
                              : walk->ownership;
        walk->in_library = true;
        return;
    }
    walk->in_library = type_names_is_library(name);
    if (walk->in_library && walk->ownership == EDGE_PLAIN)
        walk->ownership = EDGE_OWNED;
}

/* Raw bytes in which the library keeps an object of its template argument: a map's pair,
 * make_shared's object. */
static bool is_storage(const struct dwarf_type *type)
{
    const char *name = dwarf_type_name(type);
    return name && (begins_with(name, "__gnu_cxx::__aligned_membuf<") ||
                    begins_with(name, "__gnu_cxx::__aligned_buffer<"));
}

static void append(struct walk *walk, const char *separator, const char *name)
{
    size_t left = sizeof walk->text - walk->length;
    int written = snprintf(walk->text + walk->length, left, "%s%s", separator, name);
    walk->length += written < 0 ? 0 : (size_t)written < left ? (size_t)written : left - 1;
}

static void append_index(struct walk *walk, uint64_t index)
{
    char text[32];
    snprintf(text, sizeof text, "[%" PRIu64 "]", index);
    append(walk, "", text);
}

/* `_M_next` becomes `next`. */
static const char *plain_name(const char *name)
{
    if (strcmp(name, "_M_nxt") == 0)
        return "next";
    if (begins_with(name, "_M_"))
        return name + 3;
    while (*name == '_' && name[1])
        name++;
    return name;
}

static void append_library_member(struct walk *walk, const struct dwarf_type_member *member)
{
    bool is_half = strcmp(member->name, "first") == 0 || strcmp(member->name, "second") == 0;
    bool is_link =
        walk->length == 0 && member->type && dwarf_type_kind(member->type) == DWARF_TYPE_POINTER;
    if (is_half)
        append(walk, walk->length ? "." : "", member->name);
    else if (is_link)
        append(walk, "", plain_name(member->name));
}

static void append_member(struct walk *walk, const struct dwarf_type_member *member)
{
    if (!member->name)
        return;
    if (walk->in_library) {
        append_library_member(walk, member);
        return;
    }
    if (walk->base && walk->length == 0 && dwarf_type_name(walk->base)) {
        append(walk, "", type_names_short(walk->arena, dwarf_type_name(walk->base)));
        append(walk, "::", member->name);
        return;
    }
    bool is_captured = strncmp(member->name, "__", 2) == 0 && member->name[2]; /* by a lambda */
    append(walk, walk->length ? "." : "", member->name + (is_captured ? 2 : 0));
}

/* A last array without a bound extends to the end of the block. */
static bool holds_offset(const struct dwarf_type_member *member, bool is_last, uint64_t offset)
{
    if (!member->type || offset < member->offset)
        return false;
    uint64_t size = dwarf_type_size(member->type);
    bool is_open = is_last && dwarf_type_kind(member->type) == DWARF_TYPE_ARRAY;
    return is_open || offset - member->offset < size;
}

/* A base class from the library has no members that the program knows, so it is named itself. */
static void enter_base(struct walk *walk, const struct dwarf_type *type)
{
    const char *name = type ? dwarf_type_name(type) : NULL;
    walk->base = type;
    if (!name || !type_names_is_library(name) || walk->in_library || walk->length)
        return;
    name = name[0] == 's' ? name + strlen("std::") : name;
    append(walk, "", arena_copy(walk->arena, name, strcspn(name, "<")));
}

static bool enter_member(struct walk *walk, const struct dwarf_type_member *member, uint64_t offset,
                         int depth)
{
    size_t length = walk->length;
    const struct dwarf_type *base = walk->base;
    if (member->is_base)
        enter_base(walk, member->type);
    else
        append_member(walk, member);
    if (!member->is_base)
        walk->base = NULL;
    if (descend(walk, member->type, offset - member->offset, !member->is_base, depth + 1))
        return true;
    walk->length = length;
    walk->text[length] = '\0';
    walk->base = base;
    return false;
}

/* Which member of a union holds now is not known: what they disagree about, neither is. */
static void enter_union(struct walk *walk, const struct walk *before,
                        const struct dwarf_type_member *first, const struct dwarf_type_member *end,
                        uint64_t offset, int depth)
{
    walk->in_slot = true;
    for (const struct dwarf_type_member *member = first + 1; member < end; member++) {
        struct walk other = *before;
        if (holds_offset(member, member + 1 == end, offset) &&
            enter_member(&other, member, offset, depth) && other.ownership != walk->ownership)
            walk->ownership = EDGE_PLAIN;
    }
}

static bool descend_record(struct walk *walk, const struct dwarf_type *type, uint64_t offset,
                           bool is_complete, int depth)
{
    if (is_storage(type)) { /* what is in there belongs to the program again */
        const struct dwarf_type *inside = dwarf_type_argument(type);
        walk->ownership = EDGE_PLAIN;
        return inside && descend(walk, inside, offset, true, depth + 1);
    }
    const struct dwarf_type_member *members = dwarf_type_members(type);
    size_t count = dwarf_type_member_count(type);
    const char *name = dwarf_type_name(type);
    if (name) /* a nameless one belongs to the class around it */
        enter_class(walk, name);
    bool in_library = walk->in_library, is_union = dwarf_type_is_union(type);
    enum edge_ownership ownership = walk->ownership;
    struct walk before = is_union ? *walk : (struct walk){0};
    for (size_t i = 0; i < count; i++) {
        if (members[i].is_virtual && !is_complete)
            continue;
        if (holds_offset(&members[i], i + 1 == count, offset) &&
            enter_member(walk, &members[i], offset, depth)) {
            if (is_union)
                enter_union(walk, &before, &members[i], &members[count], offset, depth);
            return true;
        }
        walk->in_library = in_library;
        walk->ownership = ownership;
    }
    return false;
}

static bool descend_array(struct walk *walk, const struct dwarf_type *type, uint64_t offset,
                          int depth)
{
    const struct dwarf_type *element = dwarf_type_target(type);
    uint64_t size = element ? dwarf_type_size(element) : 0;
    size_t length = walk->length;
    if (size == 0)
        return false;
    if (size >= POINTER_BYTES)
        append_index(walk, offset / size);
    if (descend(walk, element, offset % size, true, depth + 1)) {
        walk->in_slot = true;
        return true;
    }
    walk->length = length;
    walk->text[length] = '\0';
    return false;
}

static bool descend(struct walk *walk, const struct dwarf_type *type, uint64_t offset,
                    bool is_complete, int depth)
{
    if (!type || depth > DEEPEST_MEMBER)
        return false;
    switch (dwarf_type_kind(type)) {
    case DWARF_TYPE_RECORD:
        return descend_record(walk, type, offset, is_complete, depth);
    case DWARF_TYPE_ARRAY:
        return descend_array(walk, type, offset, depth);
    case DWARF_TYPE_POINTER:
        walk->leaf = type;
        return offset == 0;
    case DWARF_TYPE_OTHER:
        break;
    }
    walk->leaf = type;
    return !walk->pointers_only;
}

/* The library's containers link their nodes by pointers to the common start of all nodes. */
static bool leads_to_node(const struct dwarf_type *pointer)
{
    const struct dwarf_type *target = dwarf_type_target(pointer);
    const char *name = target ? dwarf_type_name(target) : NULL;
    return name && type_names_is_library(name) && strstr(name, "_node_base");
}

static bool walk_to(struct walk *walk, const struct dwarf_type *type, bool is_array,
                    uint64_t offset)
{
    uint64_t size = dwarf_type_size(type);
    walk->length = 0;
    walk->text[0] = '\0';
    walk->base = walk->leaf = NULL;
    walk->in_library = false;
    walk->in_slot = is_array;
    walk->ownership = EDGE_PLAIN;
    if (is_array && size) {
        append_index(walk, offset / size);
        offset %= size;
    }
    return descend(walk, type, offset, true, 0);
}

struct edge_label edge_labels_of_type(struct arena *arena, const struct dwarf_type *type,
                                      bool is_array, uint64_t offset)
{
    struct walk walk = {.arena = arena, .pointers_only = true};
    struct edge_label label = {0};
    label.is_pointer = walk_to(&walk, type, is_array, offset);
    walk.pointers_only = false;
    if (!label.is_pointer && !walk_to(&walk, type, is_array, offset))
        return label;
    if (walk.length == 0 && dwarf_type_kind(type) == DWARF_TYPE_RECORD)
        append(&walk, "", "value"); /* of a list's node */
    label.is_slot = walk.in_slot;
    label.ownership = label.is_pointer && leads_to_node(walk.leaf) ? EDGE_LINK : walk.ownership;
    if (walk.length)
        label.text = text_utf8(arena, walk.text, walk.length);
    if (label.is_pointer)
        label.target = dwarf_type_target(walk.leaf);
    return label;
}

struct edge_label edge_labels_of_node(const char *type_name, uint64_t offset)
{
    static const struct {
        const char *type;
        uint64_t offset;
        const char *label;
    } links[] = {
        {"std::_Rb_tree_node<", 8, "parent"},      {"std::_Rb_tree_node<", 16, "left"},
        {"std::_Rb_tree_node<", 24, "right"},      {"std::_List_node<", 0, "next"},
        {"std::_List_node<", 8, "prev"},           {"std::_Fwd_list_node<", 0, "next"},
        {"std::__detail::_Hash_node<", 0, "next"},
    };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (links[i].offset == offset && begins_with(type_name, links[i].type))
            return (struct edge_label){
                .text = links[i].label, .is_pointer = true, .ownership = EDGE_LINK};
    return (struct edge_label){0};
}
