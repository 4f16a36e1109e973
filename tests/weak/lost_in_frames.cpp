// SPDX-License-Identifier: MIT
// lost 3 cycles: what a frame without a type owns, as a coroutine's; it is as large as three weak_ptr.
#include "tests/weak/weak.h"

struct Session : std::enable_shared_from_this<Session> {
    void *waiting;
    char state[200];
};

using Owner = std::shared_ptr<Session>;

// Two functions, the argument, its copy.
NOINLINE static void *begin(const Owner &session)
{
    char *frame = static_cast<char *>(operator new(48));
    memset(frame, 0, 48);
    new (frame + 16) Owner(session);
    new (frame + 32) Owner(session);
    return frame;
}

static auto &sessions = *new std::vector<std::weak_ptr<Session>>(3);

// clang-format off
NOINLINE static void go()
{
    for (auto &weak : sessions) { auto session = std::make_shared<Session>(); session->waiting = begin(session); weak = session; }
}
// clang-format on

int main()
{
    go();
    wipe();
    quick_exit(0);
}
