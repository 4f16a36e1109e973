/* SPDX-License-Identifier: MIT */
/* A table of sessions by name, which is to keep none of them alive: a session and its timer hold one another, so they
 * are lost although the table knows them all. Those that somebody holds are in use. */
#include <map>
#include <memory>
#include <string>
#include <vector>
#include "program.h"

struct Session;
struct Timer {
    std::shared_ptr<Session> session;
    char wheel[200];
};
struct Session {
    std::shared_ptr<Timer> timer;
    char buffer[500];
};

static auto &by_name = *new std::map<std::string, std::weak_ptr<Session>>;
static auto &in_use = *new std::vector<std::shared_ptr<Session>>;

NOINLINE static void open_session(int number)
{
    auto session = std::make_shared<Session>();
    session->timer = std::make_shared<Timer>();
    session->timer->session = session;
    by_name["session number " + std::to_string(number)] = session;
}

NOINLINE static void keep_session(int number)
{
    auto session = std::make_shared<Session>();
    by_name["kept session number " + std::to_string(number)] = session;
    in_use.push_back(session);
}

int main()
{
    in_use.reserve(4);
    for (int i = 0; i < 4; i++) {
        open_session(i);
        keep_session(i);
    }
    SCRUB();
    return 0;
}
