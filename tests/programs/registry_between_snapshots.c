/* SPDX-License-Identifier: MIT */
/* A registry behind a global variable that grows between two snapshots; nothing is lost. Nobody but the debug
   info knows what its blocks are: they come from one function that returns void pointers. */
#include <stdlib.h>
#include <string.h>
#include "preload/leakgraph.h"
#include "program.h"

enum { SLOTS = 64 };

struct item {
    struct item *next;
    const struct registry *registry;
    char *name;
    long key;
};

struct registry {
    struct item *slots[SLOTS];
    size_t count;
};

static struct registry *g_registry;

NOINLINE static void *allocate(size_t size_bytes)
{
    return launder(calloc(1, size_bytes));
}

NOINLINE static void add(long key)
{
    void *memory = allocate(sizeof(struct item));
    struct item *item = memory;
    item->next = g_registry->slots[key % SLOTS];
    item->registry = g_registry;
    item->name = allocate(24);
    strcpy(item->name, "a name");
    item->key = key;
    g_registry->slots[key % SLOTS] = item;
    g_registry->count++;
}

int main(void)
{
    g_registry = allocate(sizeof *g_registry);
    for (long key = 0; key < 100; key++)
        add(key);
    leakgraph_snapshot("hundred");
    for (long key = 100; key < 400; key++)
        add(key);
    SCRUB();
    leakgraph_snapshot("four hundred");
    return 0;
}
