/* SPDX-License-Identifier: MIT */
#include "report/gate/budget_options.h"

#include <inttypes.h>
#include <string.h>

#include "report/base/complain.h"
#include "report/base/exit_status.h"

enum { MOST_THREAD_NAMES = 64 };

static struct budget_options asked;
static const char *thread_names[MOST_THREAD_NAMES];
static uint64_t exceeded_status = EXIT_OVER_BUDGET;

static struct budget_plan *plan(void)
{
    if (!asked.plan.group_count)
        budget_plan_start(&asked.plan);
    return &asked.plan;
}

/* The values of the limit rows: which limit each sets. */
static enum budget_measure measures[] = {
    BUDGET_LEAKED_BYTES, BUDGET_LEAKED_BLOCKS, BUDGET_CYCLES,
    BUDGET_ERRORS,       BUDGET_PEAK,          BUDGET_GROWTH,
    BUDGET_REAL_TIME,    BUDGET_PYTHON_LEAKS,  BUDGET_PYTHON_GARBAGE,
};

static bool set_limit(const struct option_row *row, const char *argument, option_parser *parse,
                      struct error *error)
{
    uint64_t limit;
    struct option_row number = *row;

    number.value = &limit;
    if (!parse(&number, argument, error))
        return false;
    budget_plan_limit(plan(), *(const enum budget_measure *)row->value, limit);
    return true;
}

static bool option_size_limit(const struct option_row *row, const char *argument,
                              struct error *error)
{
    return set_limit(row, argument, option_size, error);
}

static bool option_count_limit(const struct option_row *row, const char *argument,
                               struct error *error)
{
    return set_limit(row, argument, option_count, error);
}

static bool option_process(const struct option_row *row, const char *argument, struct error *error)
{
    return budget_plan_group(plan(), argument) ||
           error_set(error, "--%s: given more than %d times", row->name, BUDGET_GROUPS - 1);
}

/* "0123456789abcdef=64K" */
static bool option_site(const struct option_row *row, const char *argument, struct error *error)
{
    char fingerprint[FINGERPRINT_BYTES] = "";
    size_t length = strcspn(argument, "=");
    struct option_row number = *row;
    uint64_t bytes;

    if (length != FINGERPRINT_BYTES - 1 || argument[length] != '=' ||
        strspn(argument, "0123456789abcdef") != length)
        return error_set(error, "--%s: '%s' is not FINGERPRINT=SIZE", row->name, argument);
    memcpy(fingerprint, argument, length);
    number.value = &bytes;
    return option_size(&number, argument + length + 1, error) &&
           (budget_plan_site(plan(), fingerprint, bytes) ||
            error_set(error, "--%s: given more than %d times", row->name, BUDGET_SITES));
}

static bool option_thread(const struct option_row *row, const char *argument, struct error *error)
{
    if (asked.real_time.count == MOST_THREAD_NAMES)
        return error_set(error, "--%s: given more than %d times", row->name, MOST_THREAD_NAMES);
    asked.real_time.patterns = thread_names;
    thread_names[asked.real_time.count++] = argument;
    return true;
}

static bool option_status(const struct option_row *row, const char *argument, struct error *error)
{
    uint64_t status;

    if (!option_count(row, argument, error))
        return false;
    status = *(uint64_t *)row->value;
    if (status > 255)
        return error_set(error, "--%s: an exit status is at most 255", row->name);
    return (status != EXIT_WRONG_USE && status != EXIT_NO_VERDICT) ||
           error_set(error, "--%s: %s has a meaning of its own", row->name, argument);
}

/* With two, which one would be updated? */
static bool option_baseline(const struct option_row *row, const char *argument, struct error *error)
{
    if (asked.baseline_path)
        return error_set(error, "--%s: given twice; one file can hold the entries of both",
                         row->name);
    return option_text(row, argument, error);
}

static bool option_repeats(const struct option_row *row, const char *argument, struct error *error)
{
    if (!option_count(row, argument, error))
        return false;
    return *(uint64_t *)row->value > 0 || error_set(error, "--%s: at least 1", row->name);
}

const struct option_row budget_options[] = {
    {0, "max-leaked-bytes", "SIZE", "leaked bytes allowed", option_size_limit, &measures[0]},
    {0, "max-leaked-blocks", "N", "leaked blocks allowed", option_count_limit, &measures[1]},
    {0, "max-cycles", "N", "leaked cycles allowed", option_count_limit, &measures[2]},
    {0, "max-errors", "N", "double, invalid and mismatched frees allowed", option_count_limit,
     &measures[3]},
    {0, "max-peak-bytes", "SIZE", "allocated bytes allowed at the peak", option_size_limit,
     &measures[4]},
    {0, "max-growth", "SIZE", "growth per minute allowed after the start", option_size_limit,
     &measures[5]},
    {0, "max-real-time-allocations", "N", "allocations allowed on real-time threads",
     option_count_limit, &measures[6]},
    {0, "max-python-leaks", "N",
     "Python objects allowed to leak: with a reference too many, in cycles through C++, or in "
     "cycles while the collector is off",
     option_count_limit, &measures[7]},
    {0, "max-python-garbage", "N", "cycles allowed to wait for Python's collector",
     option_count_limit, &measures[8]},
    {0, "real-time-thread", "NAME",
     "a thread to count as real-time, besides those with a real-time policy (* and ? match)",
     option_thread, NULL},
    {0, "max-site-bytes", "FINGERPRINT=SIZE",
     "leaked bytes allowed to one site, which no other budget then counts", option_site, NULL},
    {0, "process", "NAME",
     "the budgets that follow are for processes of that name, a program's or a ROS node's (* and ? "
     "match); if none follow, only these processes are judged",
     option_process, NULL},
    {0, "baseline", "FILE", "do not count the known findings in FILE", option_baseline,
     &asked.baseline_path},
    {0, "update-baseline", NULL, "add what was found to the baseline", option_flag,
     &asked.update_baseline},
    {0, "prune-baseline", NULL, "remove what was not found from the baseline", option_flag,
     &asked.prune_baseline},
    {0, "repeats", "N", "in how many runs a finding must appear to count (default 2)",
     option_repeats, &asked.needed},
    {'f', "format", "text|github|markdown|junit|sarif", "how to write the verdict (default text)",
     option_choice, &asked.format},
    {0, "junit", "FILE", "also write JUnit XML", option_text, &asked.junit_path},
    {0, "sarif", "FILE", "also write SARIF 2.1.0", option_text, &asked.sarif_path},
    {0, "markdown", "FILE", "also write a summary for a pull request", option_text,
     &asked.markdown_path},
    {0, "list-suppressions", NULL, "list all suppressions, built-in ones included, and exit",
     option_flag, &asked.list_suppressions},
    {0, "exit-code", "N", "exit status if a budget is exceeded (default 1)", option_status,
     &exceeded_status},
    {0},
};

const struct budget_options *budget_options_asked(void)
{
    plan();
    return &asked;
}

bool budget_options_fit(uint64_t runs)
{
    if (asked.needed <= runs && (runs > 1 || !asked.needed))
        return true;
    if (runs > 1)
        complain("--repeats %" PRIu64 ": there are only %" PRIu64 " runs", asked.needed, runs);
    else
        complain("--repeats: there is only one run");
    return false;
}

int budget_options_exit_status(enum budget_outcome outcome)
{
    switch (outcome) {
    case BUDGET_KEPT:
        return EXIT_FINE;
    case BUDGET_EXCEEDED:
        return (int)exceeded_status;
    case BUDGET_NO_VERDICT:
        break;
    }
    return EXIT_NO_VERDICT;
}
