/* SPDX-License-Identifier: MIT */
/* A subject owns its observers and each observer its subject: named by their types, without a vtable
 * symbol's help from the source. */
#include <memory>
#include <vector>
#include "program.h"

struct Observer {
    virtual ~Observer() = default;
};
struct Subject {
    virtual ~Subject() = default;
    std::vector<std::shared_ptr<Observer>> observers;
};
struct Display : Observer {
    explicit Display(std::shared_ptr<Subject> owner) : subject(std::move(owner)) {}
    std::shared_ptr<Subject> subject;
};

NOINLINE static void lose_a_subject()
{
    auto subject = std::make_shared<Subject>();
    subject->observers.reserve(4);
    subject->observers.push_back(std::make_shared<Display>(subject));
}

int main()
{
    lose_a_subject();
    SCRUB();
    return 0;
}
