/* SPDX-License-Identifier: MIT */
/*
 * A lost object with a short string, a map and a list: the string points to its own characters, the nodes of
 * map and list point back to their heads. That goes round, but there is no pointer of the program to cut.
 */
#include <list>
#include <map>
#include <string>
#include "program.h"

struct Recipe {
    std::string title = "soup";
    std::map<int, long> amounts;
    std::list<long> steps;
};

NOINLINE static void lose_a_recipe()
{
    auto *recipe = new Recipe;
    recipe->amounts[1] = 100;
    recipe->steps.push_back(5);
    launder(recipe);
}

int main()
{
    lose_a_recipe();
    SCRUB();
    return 0;
}
