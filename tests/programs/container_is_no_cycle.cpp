/* SPDX-License-Identifier: MIT */
/*
 * A lost object with a map and a list: their nodes point back to their heads in it. That goes round, but there
 * is no pointer of the program to cut.
 */
#include <list>
#include <map>
#include "program.h"

struct Recipe {
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
