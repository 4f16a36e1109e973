/* SPDX-License-Identifier: MIT */
#include "report/base/options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 64, FIRST_LONG = 256 };

/* The rows of all groups in the form getopt_long wants; row i has the value FIRST_LONG + i. */
struct getopt_tables {
    const struct option_row *rows[MAX_ROWS];
    struct option longs[MAX_ROWS + 2];
    char shorts[3 * MAX_ROWS + 4];
    unsigned count;
};
enum { HELP_VALUE = FIRST_LONG + MAX_ROWS };

static void add_row(struct getopt_tables *tables, const struct option_row *row)
{
    unsigned index = tables->count++;

    tables->rows[index] = row;
    tables->longs[index] =
        (struct option){row->name, row->argument ? required_argument : no_argument, NULL,
                        (int)(FIRST_LONG + index)};
    if (row->letter) {
        char letter[3] = {row->letter, row->argument ? ':' : 0, 0};
        strcat(tables->shorts, letter);
    }
}

static void build_tables(struct getopt_tables *tables,
                         const struct option_row *const groups[OPTION_GROUPS], bool stop_early)
{
    memset(tables, 0, sizeof(*tables));
    strcpy(tables->shorts, stop_early ? "+:h" : ":h");
    for (unsigned group = 0; group < OPTION_GROUPS && groups[group]; group++)
        for (const struct option_row *row = groups[group]; row->name && tables->count < MAX_ROWS;
             row++)
            add_row(tables, row);
    tables->longs[tables->count] = (struct option){"help", optional_argument, NULL, HELP_VALUE};
}

static const struct option_row *find_row(const struct getopt_tables *tables, int value)
{
    if (value >= FIRST_LONG)
        return tables->rows[value - FIRST_LONG];
    for (unsigned i = 0; i < tables->count; i++)
        if (tables->rows[i]->letter == value)
            return tables->rows[i];
    return NULL;
}

/* getopt names the culprit in one of two ways: a letter in optopt, or the word before optind. */
static bool wrong_option(int value, char **argv, struct error *error)
{
    const char *what = value == ':' ? "needs an argument" : "unknown option";

    if (optopt > 0 && optopt < FIRST_LONG)
        return value == ':' ? error_set(error, "option '-%c' %s", optopt, what)
                            : error_set(error, "%s '-%c'", what, optopt);
    if (value != ':' && optopt >= FIRST_LONG)
        return error_set(error, "option '%s' takes no argument", argv[optind - 1]);
    return value == ':' ? error_set(error, "option '%s' %s", argv[optind - 1], what)
                        : error_set(error, "%s '%s'", what, argv[optind - 1]);
}

/* getopt knows of one argument: the second is the word that comes next. */
static bool parse_second(const struct option_row *row, const char *argument, struct error *error)
{
    if (!argument || *argument == '-')
        return error_set(error, "option '--%s' needs two arguments: %s", row->name, row->argument);
    return row->parse(row, argument, error);
}

enum options_outcome options_parse(const struct option_row *const groups[OPTION_GROUPS], int argc,
                                   char **argv, bool stop_early, int *operand, struct error *error)
{
    struct getopt_tables tables;
    int value;

    build_tables(&tables, groups, stop_early);
    optind = 0;
    opterr = 0;
    while ((value = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
        const struct option_row *row;

        if (value == 'h' || (value == HELP_VALUE && !optarg))
            return OPTIONS_HELP;
        if (value == HELP_VALUE && strcmp(optarg, "man") == 0)
            return OPTIONS_MAN;
        if (value == HELP_VALUE)
            return error_set(error, "option '--help' takes no argument"), OPTIONS_WRONG;
        if (value == '?' || value == ':')
            return wrong_option(value, argv, error), OPTIONS_WRONG;
        row = find_row(&tables, value);
        if (!row->parse(row, optarg, error))
            return OPTIONS_WRONG;
        if (row->argument && strchr(row->argument, ' ') &&
            !parse_second(row, optind < argc ? argv[optind++] : NULL, error))
            return OPTIONS_WRONG;
    }
    *operand = optind;
    return OPTIONS_OK;
}

bool option_flag(const struct option_row *row, const char *argument, struct error *error)
{
    (void)argument;
    (void)error;
    *(bool *)row->value = true;
    return true;
}

bool option_text(const struct option_row *row, const char *argument, struct error *error)
{
    (void)error;
    *(const char **)row->value = argument;
    return true;
}

/* Digits only: strtoull would take "-1", " 1" and "0x1". */
static bool parse_decimal(const char *text, uint64_t *number, const char **rest)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *number = strtoull(text, &end, 10);
    *rest = end;
    return errno == 0;
}

bool option_count(const struct option_row *row, const char *argument, struct error *error)
{
    const char *rest;
    uint64_t number;

    if (!parse_decimal(argument, &number, &rest) || *rest)
        return error_set(error, "--%s: '%s' is not a number", row->name, argument);
    *(uint64_t *)row->value = number;
    return true;
}

/* "", "B", "K", "KB", "KiB", ...: always multiples of 1024. */
static bool parse_unit(const char *unit, unsigned *shift)
{
    static const char prefixes[] = "KMGT";
    const char *prefix = *unit ? strchr(prefixes, *unit == 'k' ? 'K' : *unit) : NULL;

    *shift = prefix ? 10 * (unsigned)(prefix - prefixes + 1) : 0;
    if (prefix)
        unit += unit[1] == 'i' ? 2 : 1;
    return strcmp(unit, "B") == 0 || (*unit == 0 && unit[-1] != 'i');
}

bool option_size(const struct option_row *row, const char *argument, struct error *error)
{
    const char *unit;
    uint64_t number;
    unsigned shift;

    if (!parse_decimal(argument, &number, &unit) || !parse_unit(unit, &shift))
        return error_set(error,
                         "--%s: '%s' is not a size (examples: 4096, 64K; write 1.5K as 1536)",
                         row->name, argument);
    if (number > UINT64_MAX >> shift)
        return error_set(error, "--%s: '%s' is too big", row->name, argument);
    *(uint64_t *)row->value = number << shift;
    return true;
}

bool option_time(const struct option_row *row, const char *argument, struct error *error)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {{"ms", 1000000u},      {"s", 1000000000u},    {"m", 60000000000u},
                 {"min", 60000000000u}, {"h", 3600000000000u}, {"", 0}};
    const char *unit;
    uint64_t number = 0;

    if (!parse_decimal(argument, &number, &unit))
        unit = "?";
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(unit, units[i].unit) == 0 && (number == 0 || units[i].ns) &&
            !__builtin_mul_overflow(number, units[i].ns, (uint64_t *)row->value))
            return true;
    return error_set(error, "--%s: '%s' is not a time (examples: 100ms, 60s, 5m)", row->name,
                     argument);
}

bool option_choice(const struct option_row *row, const char *argument, struct error *error)
{
    const char *name = row->argument;
    size_t length = strlen(argument);

    for (unsigned index = 0; name; index++) {
        const char *end = strchrnul(name, '|');

        if ((size_t)(end - name) == length && memcmp(name, argument, length) == 0) {
            *(unsigned *)row->value = index;
            return true;
        }
        name = *end ? end + 1 : NULL;
    }
    return error_set(error, "--%s: '%s' is not one of %s", row->name, argument, row->argument);
}
