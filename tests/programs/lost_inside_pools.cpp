/* SPDX-License-Identifier: MIT */
/* Allocators on top of malloc: what is lost inside their blocks cannot be seen, so the report says where it did not
 * look. A vector that takes the same road to plain new is no pool, and its loss is a leak. */
#include <cstdlib>
#include <memory_resource>
#include <obstack.h>

#include "program.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

static std::pmr::monotonic_buffer_resource *arena;
static std::pmr::unsynchronized_pool_resource *pool;
static struct obstack stack;

struct Landmark {
    virtual ~Landmark() = default;
    Landmark *next = nullptr;
    char position[100];
};

NOINLINE static void lose_in_the_arena()
{
    launder(new (arena->allocate(sizeof(Landmark))) Landmark);
}

NOINLINE static void lose_in_the_pool()
{
    launder(new (pool->allocate(sizeof(Landmark))) Landmark);
}

NOINLINE static void lose_in_the_obstack()
{
    launder(obstack_alloc(&stack, 100));
}

NOINLINE static void lose_a_vector()
{
    auto *numbers = new std::pmr::vector<int>(1000, std::pmr::new_delete_resource());
    ::launder(numbers);
}

int main()
{
    arena = new std::pmr::monotonic_buffer_resource(4000);
    pool = new std::pmr::unsynchronized_pool_resource;
    obstack_begin(&stack, 5000);
    for (int i = 0; i < 20; i++) {
        lose_in_the_arena();
        lose_in_the_pool();
        lose_in_the_obstack();
    }
    lose_a_vector();
    SCRUB();
    return 0;
}
