/* SPDX-License-Identifier: MIT */
#ifndef WEAK_H
#define WEAK_H

/*
 * For the programs of tests/check_weak.sh: everything that they include, compiled once. The first
 * comment of each says what is right: "lost 3 cycles", or "kept".
 */

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <unordered_map>
#include <variant>
#include <vector>

#define NOINLINE __attribute__((noinline))

/* No words of functions that have returned stay on the stack. */
NOINLINE static void wipe()
{
    volatile char junk[16384];
    for (unsigned i = 0; i < sizeof junk; i++)
        junk[i] = 0;
}

namespace self_owning
{
struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};

/* It is never destroyed. */
[[maybe_unused]] static std::shared_ptr<Node> make()
{
    auto n = std::make_shared<Node>();
    n->callback = [n] { n->state[0]++; };
    return n;
}
} // namespace self_owning

#endif
