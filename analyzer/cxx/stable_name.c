/* SPDX-License-Identifier: MIT */
#include "analyzer/cxx/stable_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/cxx/brackets.h"

struct writer {
    char *at, *end;
};

static void put(struct writer *writer, const char *text, size_t length)
{
    size_t room = (size_t)(writer->end - writer->at);
    if (length > room)
        length = room;
    memcpy(writer->at, text, length);
    writer->at += length;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_word(char character)
{
    return isalnum((unsigned char)character) || character == '_';
}

/* --- lambdas --- */

static bool is_lambda(const char *text)
{
    return starts_with(text, "{lambda") || starts_with(text, "<lambda") ||
           starts_with(text, "'lambda") ||
           (starts_with(text, "$_") && isdigit((unsigned char)text[2]));
}

static bool mentions_lambda(const char *text, const char *end)
{
    for (; text < end; text++)
        if (is_lambda(text))
            return true;
    return false;
}

/* The "::{lambda..." that is not a template argument. NULL: the function is not a lambda, nor
 * inside one. */
static const char *find_lambda(const char *name)
{
    for (const char *at = name; *at; at++) {
        if (starts_with(at, "::") && is_lambda(at + 2))
            return at;
        if (*at == '<' && !is_lambda(at))
            at = brackets_skip(at) - 1;
    }
    return NULL;
}

/* Steps back over the parameters of the function that contains the lambda. */
static const char *skip_parameters_back(const char *name, const char *end)
{
    static const char constant[] = " const";
    size_t length = sizeof constant - 1;
    if ((size_t)(end - name) > length && memcmp(end - length, constant, length) == 0)
        end -= length;
    if (end == name || end[-1] != ')')
        return end;
    int depth = 0;
    for (const char *at = end - 1; at > name; at--) {
        depth += *at == ')';
        depth -= *at == '(';
        if (depth == 0)
            return starts_with(at, "(anonymous") ? end : at;
    }
    return end;
}

/* --- types --- */

struct integer {
    int longs;
    bool is_unsigned, is_signed, is_short, is_char, is_any;
};

static bool add_word(struct integer *integer, const char *word, size_t length)
{
    static const char *const words[] = {"long", "unsigned", "signed", "short", "char", "int"};
    size_t which = 0;
    while (which < 6 && (strlen(words[which]) != length || memcmp(words[which], word, length) != 0))
        which++;
    integer->longs += which == 0;
    integer->is_unsigned |= which == 1;
    integer->is_signed |= which == 2;
    integer->is_short |= which == 3;
    integer->is_char |= which == 4;
    integer->is_any |= which < 6;
    return which < 6;
}

static size_t word_length(const char *text)
{
    size_t length = 0;
    while (is_word(text[length]))
        length++;
    return length;
}

/* Spells "long unsigned int" and "unsigned long" alike; returns what is left of the text. */
static const char *put_integer(struct writer *writer, const char *text)
{
    struct integer integer = {0};
    char name[32];
    for (;;) {
        size_t length = word_length(text);
        if (!length || !add_word(&integer, text, length))
            break;
        text += length;
        if (*text == ' ' && word_length(text + 1))
            text++;
    }
    int length =
        snprintf(name, sizeof name, "%s%s%.*s%s", integer.is_unsigned ? "u" : "",
                 integer.is_char && integer.is_signed ? "s" : "", integer.longs, "llllllll",
                 integer.is_char    ? "char"
                 : integer.is_short ? "short"
                                    : "int");
    put(writer, name, (size_t)length);
    return text;
}

static const char *put_word(struct writer *writer, const char *text)
{
    struct integer integer = {0};
    size_t length = word_length(text);
    if (add_word(&integer, text, length))
        return put_integer(writer, text);
    size_t digits = strspn(text, "0123456789");
    bool is_number = digits && digits + strspn(text + digits, "ulUL") == length;
    put(writer, text, is_number ? digits : length);
    return text + length;
}

/* --- names --- */

static const char *put_part(struct writer *writer, const char *text, const char *end)
{
    static const char anonymous[] = "{anonymous}";
    if (is_word(*text))
        return put_word(writer, text);
    if (starts_with(text, anonymous)) {
        put(writer, "(anonymousnamespace)", strlen("(anonymousnamespace)"));
        return text + strlen(anonymous);
    }
    if (*text == '<' && mentions_lambda(text, brackets_skip(text)) && brackets_skip(text) <= end) {
        put(writer, "<>", 2);
        return brackets_skip(text);
    }
    if (*text != ' ')
        put(writer, text, 1);
    return text + 1;
}

static void put_name(struct writer *writer, const char *text, const char *end)
{
    while (text < end)
        text = put_part(writer, text, end);
}

void stable_name(const char *name, char *stable, size_t size)
{
    struct writer writer = {stable, stable + size - 1};
    const char *lambda = find_lambda(name);
    if (lambda) {
        put_name(&writer, name, skip_parameters_back(name, lambda));
        put(&writer, "::lambda", strlen("::lambda"));
    } else {
        put_name(&writer, name, name + strlen(name));
    }
    *writer.at = '\0';
}

/* The last "::" outside of brackets; NULL when there is none. */
static const char *find_member(const char *name)
{
    const char *member = NULL;
    for (const char *at = name; *at; at++) {
        if (starts_with(at, "::"))
            member = at;
        if (member && starts_with(at, "::operator"))
            return at;
        if (*at == '<')
            at = brackets_skip(at) - 1;
    }
    return member;
}

void stable_name_of_class(const char *name, char *stable, size_t size)
{
    struct writer writer = {stable, stable + size - 1};
    const char *member = find_member(name);
    /* std::make_shared<Planner> keeps its name too: a namespace is not a class. */
    bool is_class = member && memchr(name, '<', (size_t)(member - name));
    put_name(&writer, name, is_class ? member : name + strlen(name));
    *writer.at = '\0';
}
