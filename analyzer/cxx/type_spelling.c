/* SPDX-License-Identifier: MIT */
#include "analyzer/cxx/type_spelling.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "analyzer/base/hash.h"

/* The words of an arithmetic type are summed, so their order does not matter; `int` beside another
 * word adds nothing. */
static bool arithmetic_word(const char *word, size_t length, unsigned *sum)
{
    static const struct {
        const char *word;
        unsigned weight;
    } words[] = {{"unsigned", 1}, {"signed", 1000000}, {"long", 10},      {"short", 100},
                 {"char", 1000},  {"int", 10000},      {"double", 100000}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == length && memcmp(words[i].word, word, length) == 0) {
            *sum += words[i].weight;
            return true;
        }
    return false;
}

static unsigned without_int(unsigned sum)
{
    enum { INT = 10000 };
    bool says_more = sum % INT != 0 && sum / INT % 10 == 1;
    return says_more ? sum - INT : sum;
}

static bool is_word(const char *word, size_t length, const char *const *list)
{
    for (; *list; list++)
        if (strlen(*list) == length && memcmp(*list, word, length) == 0)
            return true;
    return false;
}

static uint64_t hash_word(const char *word, size_t length)
{
    uint64_t hash = length;
    for (size_t i = 0; i < length; i++)
        hash = hash_mix(hash, (unsigned char)word[i]);
    return hash;
}

/* Many names of the library contain this one enumerator: GCC and the demangler write its number,
 * clang its name. Returns its length, 0 when it is not there. */
static size_t lock_policy_bytes(const char *name)
{
    static const char *const spellings[] = {"(__gnu_cxx::_Lock_policy)2", "__gnu_cxx::_S_atomic"};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        if (strncmp(name, spellings[i], strlen(spellings[i])) == 0)
            return strlen(spellings[i]);
    return 0;
}

uint64_t type_spelling_hash(const char *name)
{
    static const char *const silent[] = {"const", "struct",  "class", "union",
                                         "enum",  "__cxx11", "__1",   NULL};
    uint64_t hash = 0;
    unsigned arithmetic = 0;
    while (*name) {
        size_t length = 0, policy_bytes = lock_policy_bytes(name);
        if (policy_bytes) {
            name += policy_bytes;
            continue;
        }
        while (isalnum((unsigned char)name[length]) || name[length] == '_')
            length++;
        if (length && arithmetic_word(name, length, &arithmetic)) {
            name += length;
            continue;
        }
        if (*name == ' ') {
            name++;
            continue;
        }
        if (arithmetic)
            hash = hash_mix(hash, without_int(arithmetic));
        arithmetic = 0;
        if (!length) {
            hash = hash_mix(hash, (unsigned char)*name++);
            continue;
        }
        if (!is_word(name, length, silent))
            hash = hash_mix(hash, hash_word(name, length));
        else if (strncmp(name + length, "::", 2) == 0)
            length += 2;
        name += length;
    }
    return arithmetic ? hash_mix(hash, without_int(arithmetic)) : hash;
}
