/* SPDX-License-Identifier: MIT */
/* Names of one function as compilers, symbols and debug information spell it. */
#include "analyzer/cxx/stable_name.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *stable(const char *name)
{
    static char text[2][4096];
    static int next;
    next = !next;
    stable_name(name, text[next], sizeof text[next]);
    return text[next];
}

static const struct {
    const char *one, *other;
} same[] = {
    {"f()::{lambda(unsigned long)#1}::operator()", "f::{lambda}::operator()"},
    {"f(int)::{lambda()#2}::operator()", "f(int)::$_0::operator()"},
    {"Planner::plan() const::{lambda()#1}::operator()", "Planner::plan::{lambda}::operator()"},
    {"(anonymous namespace)::f()::{lambda()#1}::operator()",
     "(anonymous namespace)::f::{lambda}::operator()"},
    {"main::{lambda()#1}::operator()", "main()::'lambda'()::operator()"},
    {"apply<main::{lambda()#1}>", "apply<main()::<lambda()> >"},
    {"Pool<unsigned long>::make", "Pool<long unsigned int>::make"},
    {"Pool<std::vector<unsigned char> >", "Pool<std::vector<unsigned char>>"},
    {"Pool<short>", "Pool<short int>"},
    {"Pool<unsigned long long>", "Pool<long long unsigned int>"},
    {"Buffer<8ul>::get", "Buffer<8>::get"},
    {"call<void* (unsigned long)>", "call<void*(long unsigned int)>"},
    {"Pool<(anonymous namespace)::Point>", "Pool<{anonymous}::Point>"},
};

static const struct {
    const char *one, *other;
} different[] = {
    {"f()::{lambda()#1}::operator()", "g()::{lambda()#1}::operator()"},
    {"Pool<int>::make", "Pool<long>::make"},
    {"Pool<char>", "Pool<signed char>"},
    {"Pool<unsigned char>", "Pool<char>"},
    {"Buffer<8ul>", "Buffer<9ul>"},
    {"Less::operator()", "Greater::operator()"},
    {"a<b>::c", "a<b>::d"},
    {"(anonymous namespace)::{lambda()#1}::operator()", "x::{lambda()#1}::operator()"},
};

START_TEST(spellings_of_one_function_are_one_name)
{
    ck_assert_str_eq(stable(same[_i].one), stable(same[_i].other));
}
END_TEST

START_TEST(other_functions_have_other_names)
{
    ck_assert_str_ne(stable(different[_i].one), stable(different[_i].other));
}
END_TEST

START_TEST(plain_names_stay)
{
    ck_assert_str_eq(stable("make_nodes"), "make_nodes");
    ck_assert_str_eq(stable("Planner::plan"), "Planner::plan");
    ck_assert_str_eq(stable("integer_of_long"), "integer_of_long");
    ck_assert_str_eq(stable(""), "");
}
END_TEST

START_TEST(members_of_the_library_belong_to_their_class)
{
    char text[256];
    stable_name_of_class("std::vector<int, std::allocator<int> >::resize", text, sizeof text);
    ck_assert_str_eq(text, "std::vector<int,std::allocator<int>>");
    stable_name_of_class("std::function<void ()>::operator()", text, sizeof text);
    ck_assert_str_eq(text, "std::function<void()>");
    stable_name_of_class("std::make_shared<Planner>", text, sizeof text);
    ck_assert_str_eq(text, "std::make_shared<Planner>");
}
END_TEST

START_TEST(odd_names_do_no_harm)
{
    static const char *const odd[] = {"<",         ">",         "a<b",        "::",
                                      "::{lambda", "f)::$_1",   "operator<<", "operator-><int>",
                                      "((((",      "a<{lambda", "{anonymous}"};
    char small[8];
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        stable(odd[i]);
        stable_name(odd[i], small, sizeof small);
        ck_assert_uint_lt(strlen(small), sizeof small);
        stable_name_of_class(odd[i], small, sizeof small);
    }
    stable_name("a_name_of_more_than_eight", small, sizeof small);
    ck_assert_str_eq(small, "a_name_");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stable name");
    TCase *tests = tcase_create("stable name");

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, spellings_of_one_function_are_one_name, 0,
                        sizeof same / sizeof *same);
    tcase_add_loop_test(tests, other_functions_have_other_names, 0,
                        sizeof different / sizeof *different);
    tcase_add_test(tests, plain_names_stay);
    tcase_add_test(tests, members_of_the_library_belong_to_their_class);
    tcase_add_test(tests, odd_names_do_no_harm);
    return suite_run(suite);
}
