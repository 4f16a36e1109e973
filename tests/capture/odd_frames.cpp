// SPDX-License-Identifier: MIT
// Wanders at random through kinds of frames that are hard to unwind and allocates in every one of them:
// variable arrays, alloca, realigned stacks, rbp as a general register, exceptions, std::function, longjmp,
// callbacks of libc, in several threads at once.
#include <algorithm>
#include <alloca.h>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#define FRAME __attribute__((noinline))

static thread_local unsigned random_state = 1;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 1103515245u + 12345u;
    return (random_state >> 16) % limit;
}

static void use(void *memory)
{
    __asm__ volatile("" : : "r"(memory) : "memory");
}

FRAME static void allocate()
{
    void *block = malloc(8 + random_below(100));
    use(block);
    free(block);
}

static int wander(int depth);

FRAME static int with_variable_array(int depth)
{
    char array[16 + random_below(200)];
    memset(array, depth, sizeof array);
    use(array);
    allocate();
    return wander(depth - 1) + array[sizeof array / 2];
}

FRAME static int with_alloca(int depth)
{
    char *room = static_cast<char *>(alloca(16 + random_below(300)));
    room[0] = static_cast<char>(depth);
    use(room);
    int result = wander(depth - 1);
    allocate();
    return result + room[0];
}

FRAME static int realigned(int depth)
{
    alignas(64) volatile char aligned[128];
    char *room = static_cast<char *>(alloca(16 + random_below(100)));
    aligned[0] = static_cast<char>(depth);
    use(room);
    allocate();
    int result = wander(depth - 1);
    allocate();
    return result + aligned[0];
}

__attribute__((noinline, optimize("no-omit-frame-pointer"))) static int with_frame_pointer(int depth)
{
    volatile char local[40];
    local[0] = 1;
    int result = wander(depth - 1);
    allocate();
    return result + local[0];
}

FRAME static long many_values(long a, long b, long c, long d, long e, long f, int depth)
{
    long u = a * 3, v = b * 5, w = c * 7, x = d * 11, y = e * 13, z = f * 17;
    for (int i = 0; i < 3; i++) {
        allocate();
        u += v ^ i;
        v += w * x;
        w ^= y + z;
        x += u;
        y -= v;
        z += w;
        if (i == 1)
            u += wander(depth - 1);
    }
    return u + v + w + x + y + z + a + b + c + d + e + f;
}

struct allocates_when_destroyed {
    std::string text = std::string(random_below(60), 'x');
    ~allocates_when_destroyed()
    {
        allocate();
    }
};

FRAME static void throw_from(int depth)
{
    allocates_when_destroyed local;
    if (depth <= 0)
        throw std::runtime_error("a message long enough to be allocated");
    std::function<void(int)> call = [&](int rest) {
        allocates_when_destroyed inner;
        throw_from(rest);
    };
    if (random_below(2) != 0)
        call(depth - 1);
    else
        throw_from(depth - 1);
}

FRAME static int with_exceptions(int depth)
{
    try {
        throw_from(static_cast<int>(random_below(6)));
    } catch (const std::exception &error) {
        std::string text(error.what());
        allocate();
        try {
            throw_from(2);
        } catch (...) {
            allocate();
        }
    }
    return wander(depth - 1);
}

static thread_local jmp_buf jump;

FRAME static void jump_from(int depth)
{
    char *room = static_cast<char *>(alloca(16 + random_below(100)));
    use(room);
    allocate();
    if (depth == 0)
        longjmp(jump, 1);
    jump_from(depth - 1);
    use(room);
}

FRAME static int with_longjmp(int depth)
{
    if (setjmp(jump) == 0)
        jump_from(static_cast<int>(random_below(15)));
    allocate();
    return wander(depth - 1);
}

static int compare(const void *left, const void *right)
{
    allocate();
    return *static_cast<const int *>(left) - *static_cast<const int *>(right);
}

FRAME static int with_callbacks(int depth)
{
    int numbers[12];
    for (int &number : numbers)
        number = static_cast<int>(random_below(1000));
    qsort(numbers, 12, sizeof numbers[0], compare);
    return wander(depth - 1);
}

FRAME static int with_the_library(int depth)
{
    std::map<int, std::string> map;
    for (int i = 0; i < 10; i++)
        map[static_cast<int>(random_below(100))] = std::to_string(random_below(1000000));
    std::ostringstream stream;
    for (const auto &entry : map)
        stream << entry.first << entry.second;
    std::regex pattern("(1[0-9]+|2.*)x?");
    std::smatch match;
    std::string text = stream.str();
    std::regex_search(text, match, pattern);
    return wander(depth - 1);
}

FRAME static int wander(int depth)
{
    if (depth <= 0)
        return 0;
    switch (random_below(10)) {
    case 0:
        return with_variable_array(depth);
    case 1:
        return with_alloca(depth);
    case 2:
        return realigned(depth);
    case 3:
        return with_frame_pointer(depth);
    case 4:
        return static_cast<int>(many_values(1, 2, 3, 4, 5, random_below(9), depth));
    case 5:
        return with_exceptions(depth);
    case 6:
        return with_longjmp(depth);
    case 7:
        return with_callbacks(depth);
    case 8:
        return depth % 4 == 0 ? with_the_library(depth) : realigned(depth);
    default:
        return std::function<int(int)>(wander)(depth - 1);
    }
}

static void wander_often(unsigned seed, int rounds)
{
    random_state = seed;
    for (int i = 0; i < rounds; i++)
        wander(static_cast<int>(random_below(12)));
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 100;
    std::vector<std::thread> threads;
    for (unsigned seed = 1; seed <= 3; seed++)
        threads.emplace_back(wander_often, seed, rounds);
    wander_often(9, rounds);
    for (auto &thread : threads)
        thread.join();
    puts("done");
}
