/* SPDX-License-Identifier: MIT */
/* new T[0] of a class with a destructor points just past its count of elements: alive. */
#include "program.h"

struct Item {
    ~Item() { launder(this); }
    long value;
};

static Item *volatile items;

NOINLINE static void allocate()
{
    volatile long none = 0;
    items = static_cast<Item *>(launder(new Item[none]));
}

int main()
{
    allocate();
    SCRUB();
    return 0;
}
