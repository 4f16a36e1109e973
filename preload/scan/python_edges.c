/* SPDX-License-Identifier: MIT */
#include "preload/scan/python_edges.h"

#include <stddef.h>
#include <string.h>

#include "preload/scan/python_dicts.h"
#include "preload/python/python_layout.h"
#include "preload/scan/python_locals.h"
#include "preload/scan/python_label_texts.h"

typedef int traverse(uintptr_t object, int (*visit)(uintptr_t target, void *context),
                     void *context);

bool python_edges_is_collected(uintptr_t object, const struct python_type *type)
{
    enum { FLAG_HEAP = 1 << 9 };
    if (type->family == PYTHON_TYPE)
        return python_word(object, PYTHON_TYPE_FLAGS) & FLAG_HEAP;
    return type->is_collected;
}

/* --- places with a name --- */

enum { PLACE_LIMIT = 512, CLASS_CHAIN_LIMIT = 32, OBJECT_WORDS_LIMIT = 4096 };

struct place {
    uintptr_t target;
    enum recording_python_label label;
    uintptr_t string;   /* a str object, or ... */
    const char *c_text; /* ... text of C: asked for only when an edge takes the place */
};

/* The object at hand, and how far along its items we are. */
struct labeller {
    uintptr_t object;
    const struct python_type *type;
    python_edge_visitor *visit;
    void *context;
    struct python_entries entries; /* of a dict */
    uintptr_t items;               /* of a list or tuple */
    size_t item;                   /* the next one; lists and tuples are traversed from the end */
    bool is_at_key;
    size_t place_count, next_place;
    struct place places[PLACE_LIMIT];
};

static void add_place(struct labeller *labeller, struct place place)
{
    if (place.target && labeller->place_count < PLACE_LIMIT)
        labeller->places[labeller->place_count++] = place;
}

static void add_slot(struct labeller *labeller, uintptr_t offset, const char *name)
{
    add_place(labeller, (struct place){.target = python_word(labeller->object, offset),
                                       .label = RECORDING_PYTHON_SLOT,
                                       .c_text = name});
}

static void add_attributes(struct labeller *labeller)
{
    struct python_entries entries =
        python_dicts_attributes(labeller->object, labeller->type->address);
    for (size_t i = 0; i < entries.count && i < PLACE_LIMIT; i++)
        add_place(labeller, (struct place){.target = python_dicts_value(&entries, i),
                                           .label = RECORDING_PYTHON_ATTRIBUTE,
                                           .string = python_dicts_key(&entries, i)});
}

static void add_dict(struct labeller *labeller)
{
    intptr_t offset = (intptr_t)python_word(labeller->type->address, PYTHON_TYPE_DICT_OFFSET);
    if (offset > 0)
        add_slot(labeller, (uintptr_t)offset, "__dict__");
    else if (labeller->type->before_bytes > PYTHON_GC_HEAD_BYTES)
        add_slot(labeller, (uintptr_t)-24, "__dict__");
}

/* PyMemberDef: name, type, offset, flags, documentation. Slots of a class are such members too. */
static void add_members(struct labeller *labeller)
{
    enum {
        MEMBER_BYTES = 40,
        MEMBER_TYPE = 8,
        MEMBER_OFFSET = 16,
        IS_OBJECT = 6,
        IS_OBJECT_EX = 16
    };
    uintptr_t class = labeller->type->address;
    for (int depth = 0; class && depth < CLASS_CHAIN_LIMIT; depth++) {
        uintptr_t member = python_word(class, PYTHON_TYPE_MEMBERS);
        for (; member && python_word(member, 0); member += MEMBER_BYTES) {
            int type = *(const int *)(member + MEMBER_TYPE);
            if (type == IS_OBJECT || type == IS_OBJECT_EX)
                add_slot(labeller, python_word(member, MEMBER_OFFSET),
                         (const char *)python_word(member, 0));
        }
        class = python_word(class, PYTHON_TYPE_BASE);
    }
}

/* What builtin classes keep where no member tells. */
static void add_inner_fields(struct labeller *labeller)
{
    enum { LATEST = UINT8_MAX };
    static const struct {
        enum python_family family;
        unsigned from_minor, to_minor;
        uint16_t offset;
        const char *name;
    } fields[] = {
        {PYTHON_TYPE, 8, LATEST, PYTHON_TYPE_DICT, "__dict__"},
        {PYTHON_TYPE, 8, LATEST, PYTHON_TYPE_BASES, "__bases__"},
        {PYTHON_TYPE, 8, LATEST, PYTHON_TYPE_MRO, "__mro__"},
        {PYTHON_TYPE, 8, LATEST, PYTHON_TYPE_BASE, "__base__"},
        {PYTHON_TYPE, 8, LATEST, PYTHON_TYPE_CACHE, "tp_cache"},
        {PYTHON_TYPE, 8, LATEST, PYTHON_TYPE_SUBCLASSES, "__subclasses__"},
        {PYTHON_FUNCTION, 10, LATEST, 16, "__globals__"},
        {PYTHON_FUNCTION, 10, LATEST, 24, "__builtins__"},
        {PYTHON_FUNCTION, 10, LATEST, 32, "__name__"},
        {PYTHON_FUNCTION, 10, LATEST, 40, "__qualname__"},
        {PYTHON_FUNCTION, 10, LATEST, 48, "__code__"},
        {PYTHON_FUNCTION, 10, LATEST, 56, "__defaults__"},
        {PYTHON_FUNCTION, 10, LATEST, 64, "__kwdefaults__"},
        {PYTHON_FUNCTION, 10, LATEST, 72, "__closure__"},
        {PYTHON_FUNCTION, 10, LATEST, 112, "__annotations__"},
        {PYTHON_MODULE, 8, LATEST, 16, "__dict__"},
        {PYTHON_EXCEPTION, 8, LATEST, 24, "args"},
        {PYTHON_EXCEPTION, 8, 10, 32, "__traceback__"},
        {PYTHON_EXCEPTION, 8, 10, 40, "__context__"},
        {PYTHON_EXCEPTION, 8, 10, 48, "__cause__"},
        {PYTHON_EXCEPTION, 11, LATEST, 32, "__notes__"},
        {PYTHON_EXCEPTION, 11, LATEST, 40, "__traceback__"},
        {PYTHON_EXCEPTION, 11, LATEST, 48, "__context__"},
        {PYTHON_EXCEPTION, 11, LATEST, 56, "__cause__"},
        {PYTHON_FRAME, 8, LATEST, 16, "f_back"},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].family == labeller->type->family &&
            python_layout.minor >= fields[i].from_minor &&
            python_layout.minor <= fields[i].to_minor)
            add_slot(labeller, fields[i].offset, fields[i].name);
    if (labeller->type->family == PYTHON_CELL)
        add_place(labeller, (struct place){.target = python_word(labeller->object, 16),
                                           .label = RECORDING_PYTHON_CELL});
}

enum { TUPLE_SIZE = 16, LIST_ITEMS = 24 };

static void add_local(uintptr_t name, uintptr_t value, void *context)
{
    add_place(context,
              (struct place){.target = value, .label = RECORDING_PYTHON_LOCAL, .string = name});
}

/* --- labels --- */

static void emit(struct labeller *labeller, uintptr_t target, enum recording_python_label label,
                 uint64_t value)
{
    struct python_edge edge = {target, label, value};
    labeller->visit(&edge, labeller->context);
}

/* Places come in about the order in which they are traversed. */
static bool label_by_place(struct labeller *labeller, uintptr_t target)
{
    for (size_t i = 0; i < labeller->place_count; i++) {
        size_t at = (labeller->next_place + i) % labeller->place_count;
        struct place *place = &labeller->places[at];
        if (place->target != target)
            continue;
        uint64_t text = place->string ? python_label_texts_of_string(place->string)
                                      : python_label_texts_of_c_string(place->c_text);
        emit(labeller, target, place->label, text);
        place->target = 0;
        labeller->next_place = at + 1;
        return true;
    }
    return false;
}

static bool integer_value(uintptr_t object, int64_t *value)
{
    enum { SIZE = 16, DIGITS = 24, DIGIT_BITS = 30 };
    int64_t size = (int64_t)python_word(object, SIZE);
    bool is_negative = python_layout.has_immortals ? (size & 3) == 2 : size < 0;
    uint64_t count =
        python_layout.has_immortals ? (uint64_t)size >> 3 : (uint64_t)(size < 0 ? -size : size);
    if (count > 2)
        return false;
    const uint32_t *digits = (const uint32_t *)(object + DIGITS);
    uint64_t absolute = 0;
    for (uint64_t i = 0; i < count; i++)
        absolute |= (uint64_t)digits[i] << (i * DIGIT_BITS);
    *value = is_negative ? -(int64_t)absolute : (int64_t)absolute;
    return true;
}

static void label_by_key(struct labeller *labeller, uintptr_t target, uintptr_t key)
{
    const struct python_type *type = python_types_of(key);
    int64_t number;
    if (type && type->family == PYTHON_STRING)
        emit(labeller, target, RECORDING_PYTHON_VALUE, python_label_texts_of_string(key));
    else if (type && type->family == PYTHON_INTEGER && integer_value(key, &number))
        emit(labeller, target, RECORDING_PYTHON_NUMBER, scan_stream_zigzag(number));
    else
        emit(labeller, target, RECORDING_PYTHON_OBJECT,
             type ? python_label_texts_of_c_string(
                        (const char *)python_word(type->address, PYTHON_TYPE_NAME))
                  : 0);
}

/* An entry's value comes first; its key too, but where all keys are str. */
static bool label_by_entry(struct labeller *labeller, uintptr_t target)
{
    const struct python_entries *entries = &labeller->entries;
    if (labeller->is_at_key && python_dicts_key(entries, labeller->item) == target) {
        emit(labeller, target, RECORDING_PYTHON_KEY, labeller->item++);
        labeller->is_at_key = false;
        return true;
    }
    size_t i = labeller->item + labeller->is_at_key;
    while (i < entries->count && !python_dicts_value(entries, i))
        i++;
    if (i >= entries->count || python_dicts_value(entries, i) != target)
        return false;
    labeller->item = i;
    labeller->is_at_key = true;
    label_by_key(labeller, target, python_dicts_key(entries, i));
    return true;
}

static bool label_by_index(struct labeller *labeller, uintptr_t target)
{
    while (labeller->item && !python_word(labeller->items, (labeller->item - 1) * 8))
        labeller->item--;
    if (!labeller->item || python_word(labeller->items, (labeller->item - 1) * 8) != target)
        return false;
    emit(labeller, target, RECORDING_PYTHON_INDEX, --labeller->item);
    return true;
}

static void label_by_offset(struct labeller *labeller, uintptr_t target)
{
    size_t words = (size_t)labeller->type->basic_bytes / 8;
    for (size_t word = 2; word < words && word < OBJECT_WORDS_LIMIT; word++)
        if (python_word(labeller->object, word * 8) == target) {
            emit(labeller, target, RECORDING_PYTHON_OFFSET, word * 8);
            return;
        }
    emit(labeller, target, RECORDING_PYTHON_UNKNOWN, 0);
}

static int visit_labelled(uintptr_t target, void *context)
{
    struct labeller *labeller = context;
    enum python_family family = labeller->type->family;
    bool is_item = labeller->items ? label_by_index(labeller, target)
                                   : labeller->entries.count && label_by_entry(labeller, target);
    if (is_item || label_by_place(labeller, target))
        return 0;
    if (target == labeller->type->address)
        emit(labeller, target, RECORDING_PYTHON_CLASS, 0);
    else if (family == PYTHON_SET)
        emit(labeller, target, RECORDING_PYTHON_MEMBER, 0);
    else if (family == PYTHON_DEQUE)
        emit(labeller, target, RECORDING_PYTHON_INDEX, labeller->item++);
    else
        label_by_offset(labeller, target);
    return 0;
}

static void prepare(struct labeller *labeller)
{
    uintptr_t object = labeller->object;
    if (labeller->type->family == PYTHON_DICT) {
        labeller->entries = python_dicts_entries(object);
    } else if (labeller->type->family == PYTHON_LIST || labeller->type->family == PYTHON_TUPLE) {
        bool is_list = labeller->type->family == PYTHON_LIST;
        labeller->items =
            is_list ? python_word(object, LIST_ITEMS) : object + python_layout.tuple_items;
        labeller->item = python_word(object, TUPLE_SIZE);
    }
    add_attributes(labeller);
    add_dict(labeller);
    add_inner_fields(labeller);
    add_members(labeller);
    python_locals_each(python_locals_frame_of(object, labeller->type), add_local, labeller);
}

void python_edges_of(uintptr_t object, const struct python_type *type, python_edge_visitor *visit,
                     void *context)
{
    static struct labeller labeller;
    memset(&labeller, 0, offsetof(struct labeller, places));
    labeller.object = object;
    labeller.type = type;
    labeller.visit = visit;
    labeller.context = context;
    prepare(&labeller);
    ((traverse *)type->traverse)(object, visit_labelled, &labeller);
}

/* --- without labels --- */

struct plain_visit {
    void (*visit)(uintptr_t, void *);
    void *context;
};

static int visit_plain(uintptr_t target, void *context)
{
    const struct plain_visit *plain = context;
    plain->visit(target, plain->context);
    return 0;
}

void python_edges_targets(uintptr_t object, const struct python_type *type,
                          void (*visit)(uintptr_t target, void *context), void *context)
{
    struct plain_visit plain = {visit, context};
    ((traverse *)type->traverse)(object, visit_plain, &plain);
}
