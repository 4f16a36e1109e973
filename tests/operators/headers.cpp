// SPDX-License-Identifier: MIT
// A program's own operators, which keep something before each object.
#include <cstdlib>
#include <new>

void *operator new(size_t size)
{
    char *block = static_cast<char *>(malloc(size + 16));
    return block + 16;
}

void operator delete(void *object) noexcept
{
    if (object)
        free(static_cast<char *>(object) - 16);
}

void operator delete(void *object, size_t) noexcept
{
    operator delete(object);
}
