/* SPDX-License-Identifier: MIT */
/* Loses one block at a time, each of a size of its own, through all that a suppression can name:
 * allocators, mangled names, templates, inlined functions, recursion, another library, holders. */
#include <cstdlib>
#include <cstring>
#include "tests/programs/program.h"

extern "C" void *lose_in_library(size_t bytes);
static void *volatile sink;
static void lose(void *block)
{
    sink = block;
    sink = nullptr;
}
extern "C" {
NOINLINE void lose_c(void)
{
    lose(malloc(11));
}
NOINLINE void lose_calloc(void)
{
    lose(calloc(1, 13));
}
NOINLINE void lose_realloc(void)
{
    lose(realloc(launder(malloc(3)), 17));
}
NOINLINE void lose_aligned(void)
{
    void *block;
    if (posix_memalign(&block, 64, 79) == 0)
        lose(block);
}
NOINLINE void lose_strdup(void)
{
    lose(strdup("0123456789012345678901234567890123456789012345678901"));
}
NOINLINE void deep(int depth)
{
    if (depth)
        deep(depth - 1);
    else
        lose(malloc(73));
    __asm__ volatile("");
}
NOINLINE void deeper(int depth)
{
    deep(depth);
    __asm__ volatile("");
}
NOINLINE void lose_holder(void)
{
    void **holder = (void **)malloc(59);
    *holder = launder(malloc(61));
    lose(holder);
}
NOINLINE void *make_inner(void)
{
    void *block = malloc(83);
    __asm__ volatile("");
    return block;
}
NOINLINE void lose_split(void)
{
    void **holder = (void **)malloc(89);
    *holder = make_inner();
    lose(holder);
}
}
NOINLINE static void lose_new()
{
    lose(::operator new(19));
}
NOINLINE static void lose_array()
{
    lose(new char[23]);
}
namespace robot
{
struct Map {
    void load(int bytes);
};
NOINLINE void Map::load(int bytes)
{
    lose(malloc(bytes));
}
template <typename T> struct Pool {
    NOINLINE static void make(size_t bytes)
    {
        lose(malloc(bytes));
    }
};
NOINLINE void keep(int)
{
    lose(malloc(37));
}
NOINLINE void keep(double)
{
    lose(malloc(41));
}
__attribute__((always_inline)) static inline void inner()
{
    lose(malloc(43));
}
NOINLINE void outer()
{
    inner();
}
} // namespace robot
int main()
{
    lose_c();
    lose_calloc();
    lose_realloc();
    lose_aligned();
    lose_strdup();
    deeper(4);
    lose_holder();
    lose_split();
    lose_new();
    lose_array();
    robot::Map().load(29);
    robot::Pool<int>::make(31);
    robot::keep(1);
    robot::keep(1.0);
    robot::outer();
    lose(lose_in_library(47));
    SCRUB();
    return 0;
}
