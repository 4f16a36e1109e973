// SPDX-License-Identifier: MIT
// Every form of new and delete, 100 times each, beside malloc and free; ten objects are lost.
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>

struct Part {
    char bytes[1000];
};
struct alignas(64) Wide {
    char bytes[192];
};

__attribute__((noinline)) static void use(void *block)
{
    asm volatile("" : : "r"(block) : "memory");
}

__attribute__((noinline)) static void each_form()
{
    for (int i = 0; i < 100; i++) {
        Part *part = new Part;
        use(part);
        delete part;
        char *array = new char[100 + i];
        use(array);
        delete[] array;
        Wide *wide = new Wide;
        use(wide);
        delete wide;
        Wide *row = new Wide[2];
        use(row);
        delete[] row;
        Part *quiet = new (std::nothrow) Part;
        use(quiet);
        ::operator delete(quiet, std::nothrow);
        void *plain = ::operator new(50);
        use(plain);
        ::operator delete(plain, size_t(50));
        void *block = malloc(100 + i % 7 * 16);
        use(block);
        free(block);
    }
}

__attribute__((noinline)) static void lose()
{
    for (int i = 0; i < 10; i++) {
        Part *part = new Part;
        use(part);
    }
}

int main()
{
    each_form();
    std::thread([] { each_form(); lose(); }).join();
    return 0;
}
