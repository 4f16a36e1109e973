/* SPDX-License-Identifier: MIT */
/*
 * Two stacks in turn whose inner frame has the same pc and sp, but different callers, while the words that
 * told the caller of the first stack are still where they were: left over in the second one's alloca. Only
 * the frame pointer tells them apart: in the frame itself, or in what a leaf saved of it.
 */
#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>

#define FRAME __attribute__((noinline))

/* Sizes that add up to the same. */
enum { SMALL = 64, LARGE = 512 };

static void use(void *memory)
{
    __asm__ volatile("" : : "r"(memory) : "memory");
}

static FRAME void allocate(void)
{
    void *volatile block = malloc(10);
    free(block);
}

/* Saves rbp and uses it for something else. */
static FRAME void allocate_without_rbp(void)
{
    __asm__ volatile("xor %%ebp, %%ebp" : : : "rbp");
    allocate();
    __asm__ volatile("xor %%ebp, %%ebp" : : : "rbp");
}

static FRAME void inner(size_t bytes, void (*leaf)(void))
{
    use(alloca(bytes));
    leaf();
    use(alloca(16));
}

static FRAME void middle_of_first(size_t bytes, size_t inner_bytes, void (*leaf)(void))
{
    use(alloca(bytes));
    inner(inner_bytes, leaf);
    use(alloca(16));
}

static FRAME void middle_of_second(size_t bytes, size_t inner_bytes, void (*leaf)(void))
{
    use(alloca(bytes));
    inner(inner_bytes, leaf);
    use(alloca(16));
}

int main(void)
{
    static void (*const leaves[])(void) = {allocate, allocate_without_rbp};
    for (int i = 0; i < 400; i++) {
        void (*middle)(size_t, size_t, void (*)(void)) = i % 2 ? middle_of_second : middle_of_first;
        middle(i % 2 ? SMALL : LARGE, i % 2 ? LARGE : SMALL, leaves[i / 2 % 2]);
    }
    for (int i = 0; i < 400; i++) {
        void (*middle)(size_t, size_t, void (*)(void)) = i % 2 ? middle_of_second : middle_of_first;
        middle(i % 2 ? SMALL : LARGE, i % 2 ? LARGE : SMALL, leaves[i / 200]);
    }
    puts("done");
}
