/* SPDX-License-Identifier: MIT */
/* What a block is for, from the library's functions around its allocation, innermost first. */
#include "analyzer/cxx/allocation_use.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>

static const struct {
    enum allocation_use use;
    const char *functions[5];
} cases[] = {
    {USE_PLAIN, {NULL}},
    {USE_PLAIN, {"std::make_unique<Point>"}},
    {USE_VECTOR,
     {"std::__new_allocator<int>::allocate",
      "std::_Vector_base<int, std::allocator<int> >::_M_allocate",
      "std::vector<int, std::allocator<int> >::vector"}},
    {USE_GROWN_VECTOR,
     {"std::_Vector_base<std::map<int, int>, std::allocator<std::map<int, int> > >::_M_allocate",
      "std::vector<std::map<int, int> >::_M_realloc_insert<std::map<int, int> const&>"}},
    {USE_GROWN_VECTOR, {"std::vector<int>::_M_realloc_append<int>"}},
    {USE_GROWN_VECTOR, {"std::__1::vector<int>::__push_back_slow_path<int>"}},
    {USE_GROWN_STRING,
     {"std::__cxx11::basic_string<char>::_M_create",
      "std::__cxx11::basic_string<char>::_M_mutate"}},
    {USE_STRING, /* of a vector that grows: the string is what is allocated */
     {"std::__cxx11::basic_string<char>::_M_construct<char*>",
      "std::vector<std::__cxx11::basic_string<char> >::_M_realloc_insert<char const*>"}},
    {USE_TREE,
     {"std::_Rb_tree<int, std::pair<int const, int> >::_M_get_node",
      "std::map<int, int>::operator[]"}},
    {USE_HASH, {"std::__detail::_Hashtable_alloc<std::allocator<int> >::_M_allocate_node<int>"}},
    {USE_OTHER, {"std::__detail::_Hashtable_alloc<std::allocator<int> >::_M_allocate_buckets"}},
    {USE_LIST, {"std::__cxx11::list<int>::_M_create_node<int>"}},
    {USE_SHARED,
     {"__gnu_cxx::new_allocator<int>::allocate", "std::__allocate_guarded<int>",
      "std::__shared_count<(__gnu_cxx::_Lock_policy)2>::__shared_count<Point>"}},
    {USE_STREAM,
     {"std::__cxx11::basic_string<char>::reserve", "std::__cxx11::basic_stringbuf<char>::overflow",
      "std::operator<< <std::char_traits<char> >"}},
    {USE_OTHER, {"std::operator<< <std::char_traits<char> >", "std::map<int, int>::operator[]"}},
    {USE_OTHER, {"std::vectorised_sum<int>"}},
    {USE_PLAIN, {"stdlib_wrapper", "mystd::vector<int>::push_back"}},
};

START_TEST(functions_tell_the_use)
{
    struct allocation_use_teller teller = {USE_PLAIN};

    for (size_t i = 0; i < 5 && cases[_i].functions[i]; i++)
        allocation_use_hear(&teller, cases[_i].functions[i]);
    ck_assert_int_eq(teller.use, cases[_i].use);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("allocation_use");
    TCase *tests = tcase_create("allocation_use");

    tcase_add_loop_test(tests, functions_tell_the_use, 0, sizeof(cases) / sizeof(cases[0]));
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
