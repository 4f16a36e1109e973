/* SPDX-License-Identifier: MIT */
/* A short string points to its own characters, an empty map and an empty list to their own heads. That is no
   cycle: the object is simply lost, and a pointer of its own to itself is one. */
#include <list>
#include <map>
#include <string>
#include "program.h"

struct Note {
    long number = 1;
    std::string text = "short";
    std::list<int> pages;
    std::map<int, int> links;
};

struct Myself {
    std::string name = "me";
    Myself *self = this;
};

NOINLINE static void lose_notes()
{
    for (int i = 0; i < 3; i++)
        launder(new Note);
}

NOINLINE static void lose_myself()
{
    auto *myself = new Myself;
    launder(myself);
}

int main()
{
    lose_notes();
    lose_myself();
    SCRUB();
    return 0;
}
