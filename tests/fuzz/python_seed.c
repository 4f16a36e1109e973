/* SPDX-License-Identifier: MIT */
/*
 * python_seed FILE: a small recording of a Python process with every structure and every label, for the fuzzer to
 * start from. A real one has tens of thousands of objects.
 */
#include <stdlib.h>

#include "tests/python_builder.h"
#include "tests/recording_builder.h"

static const char *const type_names[] = {"robot.Node", "list",      "dict", "str",      "type", "tuple",
                                         "generator",  "module",    "set",  "function", "cell", "bytes",
                                         "int",        "weakref.ReferenceType"};
enum { TYPES = sizeof type_names / sizeof *type_names, OBJECTS = 60 };

/* Each refers to three others, one of them before it: cycles, and chains that hang on them. */
static void add_references(struct python_builder *python, uint32_t object, uint32_t text)
{
    for (uint32_t i = 0; i < 3; i++)
        python_builder_reference(python, object, (object + i) % RECORDING_PYTHON_LABEL_COUNT,
                                 text, (object * 7 + i * 11) % OBJECTS);
}

int main(int count, char **arguments)
{
    if (count != 2)
        return 2;
    struct recording_builder *builder = builder_new();
    struct python_builder *python = python_builder_new();
    uint32_t code = builder_code(builder, "plan", "/robot/plan.py", 3), types[TYPES];
    uint32_t stack = builder_python_stack(builder, builder_stack(builder, 0, 0x100, 0), code, 4);
    uint32_t site = builder_site(builder, stack), text = python_builder_text(python, "peer");
    builder_counters(builder, 0, site,
                     &(struct recording_site_counters){.allocations = OBJECTS, .allocated_bytes = 4000});
    for (uint32_t i = 0; i < TYPES; i++)
        types[i] = python_builder_type(python, type_names[i]);
    python_builder_static(python, 0x8000, types[4]);
    for (uint32_t i = 1; i < OBJECTS; i++)
        python_builder_block(python, builder, site, types[i % TYPES]);
    for (uint32_t i = 0; i < OBJECTS; i++)
        add_references(python, i, text);
    builder_root(builder, builder_node(builder, 64, site));
    builder_edge(builder, 3, 24, OBJECTS - 1, 0);
    for (uint32_t i = 1; i < OBJECTS; i += 5)
        builder_node_birth(builder, i, i * 1000);
    python_builder_local(python, "plan", "node", 3);
    python_builder_refer(python, 9, 2);
    python_builder_flags(python, 5, RECORDING_PYTHON_IMMORTAL | RECORDING_PYTHON_FINALIZER,
                         RECORDING_PYTHON_TRACKED);
    python_builder_finish(python, builder);
    builder_save(builder, arguments[1]);
    builder_free(builder);
    return 0;
}
