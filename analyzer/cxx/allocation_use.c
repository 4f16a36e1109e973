/* SPDX-License-Identifier: MIT */
#include "analyzer/cxx/allocation_use.h"

#include <stddef.h>
#include <string.h>

#include "analyzer/cxx/brackets.h"
#include "analyzer/cxx/type_names.h"

enum { LONGEST_NAME = 512 };

/* How many characters at `at` belong to an operator's name, and so open no template arguments. */
static size_t operator_characters(const char *name, const char *at)
{
    static const char word[] = "operator";
    size_t length = sizeof word - 1;
    if ((size_t)(at - name) < length || memcmp(at - length, word, length) != 0)
        return 0;
    return strspn(at, "<=>-");
}

/* Turns "std::vector<int, std::allocator<int> >::push_back" into "std::vector::push_back": no
 * template arguments, no versioned namespaces. */
static void plain_name(const char *name, char plain[LONGEST_NAME])
{
    static const char *const versions[] = {"__cxx11::", "__1::", "__debug::"};
    size_t length = 0;
    for (const char *at = name; *at && length + 1 < LONGEST_NAME;) {
        for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
            if (strncmp(at, versions[i], strlen(versions[i])) == 0)
                at += strlen(versions[i]);
        size_t skip = operator_characters(name, at);
        if (skip)
            at += skip;
        else if (*at == '<')
            at = brackets_skip(at);
        else if (*at)
            plain[length++] = *at++;
    }
    plain[length] = '\0';
}

/* Matches whole names, up to the end or the next "::". The first match wins. */
static const struct {
    const char *name;
    enum allocation_use use;
} makers[] = {
    {"std::vector::_M_realloc_insert", USE_GROWN_VECTOR},
    {"std::vector::_M_realloc_append", USE_GROWN_VECTOR},
    {"std::vector::__push_back_slow_path", USE_GROWN_VECTOR},
    {"std::vector::__emplace_back_slow_path", USE_GROWN_VECTOR},
    {"std::vector", USE_VECTOR},
    {"std::_Vector_base", USE_VECTOR},
    {"std::__split_buffer", USE_VECTOR},
    {"std::basic_string::_M_mutate", USE_GROWN_STRING},
    {"std::basic_string::__grow_by", USE_GROWN_STRING},
    {"std::basic_string::__grow_by_and_replace", USE_GROWN_STRING},
    {"std::basic_string", USE_STRING},
    {"std::string", USE_STRING},
    {"std::deque::_M_reallocate_map", USE_OTHER},
    {"std::deque", USE_DEQUE},
    {"std::_Deque_base", USE_DEQUE},
    {"std::list", USE_LIST},
    {"std::_List_base", USE_LIST},
    {"std::forward_list", USE_LIST},
    {"std::_Fwd_list_base", USE_LIST},
    {"std::map", USE_TREE},
    {"std::multimap", USE_TREE},
    {"std::set", USE_TREE},
    {"std::multiset", USE_TREE},
    {"std::_Rb_tree", USE_TREE},
    {"std::__tree", USE_TREE},
    {"std::__detail::_Hashtable_alloc::_M_allocate_buckets", USE_OTHER},
    {"std::__detail::_Hashtable_alloc", USE_HASH},
    {"std::__detail::_Map_base", USE_HASH},
    {"std::_Hashtable", USE_HASH},
    {"std::__hash_table::__rehash", USE_OTHER},
    {"std::__hash_table", USE_HASH},
    {"std::unordered_map", USE_HASH},
    {"std::unordered_set", USE_HASH},
    {"std::__shared_count", USE_SHARED},
    {"std::__shared_ptr", USE_SHARED},
    {"std::shared_ptr", USE_SHARED},
    {"std::allocate_shared", USE_SHARED},
    {"std::make_shared", USE_SHARED},
    {"std::function", USE_FUNCTION},
    {"std::_Function_base", USE_FUNCTION},
    {"std::_Function_handler", USE_FUNCTION},
    {"std::basic_stringbuf", USE_STREAM},
    {"std::basic_filebuf", USE_STREAM},
    {"std::basic_ios", USE_STREAM},
};

/* These allocate on behalf of their caller. */
static bool is_helper(const char *plain)
{
    static const char *const helpers[] = {"__gnu_cxx::",
                                          "std::allocator",
                                          "std::__new_allocator",
                                          "std::__allocate_guarded",
                                          "std::make_unique",
                                          "std::__libcpp_allocate",
                                          "std::__allocate_at_least",
                                          "std::allocator_traits"};
    for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
        if (strncmp(plain, helpers[i], strlen(helpers[i])) == 0)
            return true;
    return false;
}

static bool begins_with(const char *plain, const char *name)
{
    size_t length = strlen(name);
    return strncmp(plain, name, length) == 0 && (plain[length] == '\0' || plain[length] == ':');
}

static enum allocation_use use_of(const char *plain)
{
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        if (begins_with(plain, makers[i].name))
            return makers[i].use;
    return is_helper(plain) ? USE_PLAIN : USE_OTHER;
}

/* The innermost function that says something wins, but one further out of the same class may be
 * more precise. A stream keeps its characters in a string. */
static bool says_more(enum allocation_use heard, enum allocation_use use)
{
    bool is_string = heard == USE_STRING || heard == USE_GROWN_STRING;
    return heard == USE_PLAIN || (heard == USE_VECTOR && use == USE_GROWN_VECTOR) ||
           (is_string && (use == USE_GROWN_STRING || use == USE_STREAM));
}

void allocation_use_hear(struct allocation_use_teller *teller, const char *function)
{
    char plain[LONGEST_NAME];
    if (!type_names_is_library(function))
        return;
    plain_name(function, plain);
    enum allocation_use use = use_of(plain);
    if (says_more(teller->use, use))
        teller->use = use;
}
