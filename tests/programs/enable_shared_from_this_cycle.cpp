/* SPDX-License-Identifier: MIT */
/* An object hands its own shared_ptr to what it owns. The weak_ptr in it is a pointer, but holds nothing. */
#include <memory>
#include <vector>
#include "program.h"

struct Session;

struct Request {
    int id = 0;
    std::shared_ptr<Session> session;
};

struct Session : std::enable_shared_from_this<Session> {
    std::vector<std::unique_ptr<Request>> requests;
    void ask(int id)
    {
        requests.push_back(std::make_unique<Request>());
        requests.back()->id = id;
        requests.back()->session = shared_from_this();
    }
};

NOINLINE static void lose_a_session()
{
    auto session = std::make_shared<Session>();
    session->ask(7);
}

int main()
{
    lose_a_session();
    SCRUB();
    return 0;
}
