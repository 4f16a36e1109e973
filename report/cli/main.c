/* SPDX-License-Identifier: MIT */
/*
 * The command `leakgraph`: a table of commands, and what picks one. A new command is one row here
 * and one file command_NAME.c.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "report/base/version.h"
#include "report/cli/command.h"
#include "report/cli/completion.h"
#include "report/cli/help.h"
#include "report/gate/budget_options.h"
#include "report/gate/suppression_options.h"
#include "report/record/recording_options.h"
#include "report/view/source_file.h"

#define SESSION_HELP                                                                               \
    "SESSION is a folder made by `leakgraph record`, or one recording in it (*.lgr). The "         \
    "default is leakgraph.data."
#define EXIT_HELP                                                                                  \
    "Exit status: 0 success; 2 wrong use, or the output could not be written; 3 no readable "      \
    "recording."
#define BUDGET_HELP                                                                                \
    "Each budget applies to every process by itself, not to their sum. Without any budget, no "    \
    "leaked block, no cycle and no wrong free is allowed. Budgets after --process NAME apply to "  \
    "processes of that name. Sizes take K, M, G (or KiB, MiB, GiB), multiples of 1024.\n\n"        \
    "A baseline lists known findings, one per line: KIND FINGERPRINT [count=N] [bytes=N] "         \
    "[owner=WHO] [expires=YYYY-MM-DD] [process=NAME]  # comment. Only what exceeds count and "     \
    "bytes counts; after the day of expiry, all of it counts again. --update-baseline adds what "  \
    "was found and leaves comments, order and expired entries alone; its exit status is 0.\n\n"    \
    "Suppression files of LeakSanitizer (leak:PATTERN) and valgrind (.supp) work unchanged. The "  \
    "verdict always tells how much was suppressed or already known.\n\n"                           \
    "There is no verdict if a recording is missing or damaged, if a process was killed, or if "    \
    "its "                                                                                         \
    "blocks could not be checked: \"nothing recorded\" never counts as \"no leaks\". Budgets for " \
    "the peak, growth and allocations on real-time threads alone do not need that check."

static const struct command commands[] = {
    {.name = "record",
     .summary = "run a program and record its memory",
     .operands = "[--] CMD [ARG...]",
     .help = "Runs CMD with the recorder preloaded, in every process that it starts, into one "
             "session folder. An earlier session of that name is kept as SESSION.old. Inside "
             "a recorded session, or while another `record` is using the same folder, it "
             "joins that session instead.\n\n"
             "CMD behaves as it does without leakgraph; signals sent to `record` are passed on to "
             "it. Programs that cannot be recorded (static, setuid) run unrecorded, and a line on "
             "standard error says why.\n\n"
             "Exit status: that of CMD, or 128+n if signal n ended it; 126 or 127 if it could not "
             "be started; 2 wrong use.",
     .runs_program = true,
     .options = {record_options, recording_options},
     .run = command_record},
    {.name = "snapshot",
     .summary = "ask a recorded process for a snapshot now",
     .operands = "PID",
     .help =
         "Asks process PID to write its object graph into its recording. Anyone may have started "
         "it, in any container, as long as it is recorded. It keeps running, and pauses only for "
         "the time that is printed. In every command that reads a session, SESSION@N means the "
         "session at its snapshot N.\n\n"
         "A program can take a snapshot itself with leakgraph_snapshot(\"label\") from "
         "leakgraph.h; "
         "`record` has options to take them at intervals or when memory reaches a size.\n\n"
         "Exit status: 0 the snapshot was taken; 2 wrong use; 3 it was not: no such process, not "
         "recorded, refused (see record --max-pause), or no answer.",
     .max_operands = 1,
     .options = {snapshot_options},
     .run = command_snapshot},
    {.name = "report",
     .summary = "show leaks, cycles, errors and hot spots",
     .operands = "[SESSION]",
     .help =
         "Shows the verdict in one line; then, for each process, its cycles and leaks, biggest "
         "first, wrong frees, where the memory was at the peak, and what allocates most. Of "
         "many processes, the few that lost most are shown in full, the others in one line "
         "each.\n\n"
         " leakgraph report --tree bottom-up --cost allocated\n"
         " leakgraph report --module 'libplanner*' --by-thread\n\n" SESSION_HELP "\n\n" EXIT_HELP,
     .max_operands = 1,
     .options = {report_options, suppression_options},
     .run = command_report},
    {.name = "check",
     .summary = "record a program and give a verdict, for CI",
     .operands = "[--] CMD [ARG...]",
     .help = "`record` and `gate` in one. The verdict goes to standard error, followed by a short "
             "report if it is bad.\n\n" BUDGET_HELP "\n\n"
             "Exit status: that of CMD if it failed (128+n for signal n); otherwise 0 "
             "within all budgets; 1 leak found or budget exceeded; 2 wrong use; 3 no verdict.",
     .runs_program = true,
     .options = {check_options, budget_options, suppression_options, recording_options},
     .run = command_check},
    {.name = "gate",
     .summary = "give a verdict on a recording, for CI",
     .operands = "[SESSION...]",
     .help = "Compares recordings with budgets and prints one line for each budget exceeded, "
             "beginning with the place in the source. Several sessions are judged one by one; with "
             "--repeated they are runs of one program, and a finding that too few of them show is "
             "called flaky and does not count.\n\n" BUDGET_HELP "\n\n" SESSION_HELP "\n\n"
             "Exit status: 0 within all budgets; 1 leak found or budget exceeded; 2 wrong "
             "use; 3 no verdict.",
     .max_operands = 1000,
     .options = {gate_options, budget_options, suppression_options},
     .run = command_gate},
    {.name = "types",
     .summary = "show the most common types and what they hold",
     .operands = "[SESSION]",
     .help = "Adds up the blocks of a snapshot (the last one, or that of SESSION@N) by type: C++ "
             "classes and, with debug info, C structs and the buffers of containers, named after "
             "their holder (\"Planner.path buffer\"). Blocks of unknown type are listed by the "
             "place that made them. \"Retained\" is what would go with them.\n\n" SESSION_HELP
             "\n\n" EXIT_HELP,
     .max_operands = 1,
     .options = {types_options},
     .run = command_types},
    {.name = "diff",
     .summary = "show what grew between two sessions or snapshots",
     .operands = "OLD NEW",
     .help = "Compares the object graphs of two sessions type by type, biggest growth first, and "
             "names the places that made the new blocks. OLD and NEW can be two snapshots of one "
             "session:\n\n"
             " leakgraph diff leakgraph.data@1 leakgraph.data@2\n\n"
             "Of several processes, those of the same program are compared, in the order they "
             "started.\n\n" EXIT_HELP,
     .max_operands = 2,
     .options = {diff_options},
     .run = command_diff},
    {.name = "graph",
     .summary = "draw cycles, or who holds what (DOT, SVG, JSON)",
     .operands = "[SESSION]",
     .help = "Draws the blocks of each leaked cycle and their pointers: the one to weaken in red, "
             "and in grey what only the cycle keeps alive. Or another part of the object graph:\n\n"
             " leakgraph graph --backrefs Planner --format svg -o planner.svg\n"
             " leakgraph graph --path-from-root make_frame --max-depth 10\n"
             " leakgraph graph --refs robot.cpp:48\n\n"
             "Blocks are named after their class, their type in the debug info, the member that "
             "holds them, or the place that made them. Pointers carry the name of their member; "
             "dashed ones only look like pointers by their value. Roots are globals, thread-local "
             "variables, pthread keys, and a thread's stack in a function, with the local variable "
             "if debug info tells it.\n\n" SESSION_HELP "\n\n" EXIT_HELP,
     .max_operands = 1,
     .options = {graph_options, suppression_options},
     .run = command_graph},
    {.name = "lines",
     .summary = "show source lines with what they hold and allocate",
     .operands = "[SESSION] [SOURCE...]",
     .help =
         "Shows memory_profiler's table for Python, C and C++, computed from every allocation "
         "rather than from the size of the process. A line's figures include the functions it "
         "calls.\n\n"
         " Mem usage    held by the function's lines so far, at the peak of the process or at its "
         "end\n"
         " Increment    what the line gained for good: it is still alive at the end\n"
         " Occurrences  allocations\n"
         " Peak         what the line held at the peak of the process\n"
         " Temporary    allocations freed before the thread's next one\n"
         " Allocated    bytes in all, and Leaked: what nothing reaches any more (--all-columns)\n\n"
         "Without SOURCE (the end of a path) and --function, it shows the functions that allocate "
         "most by themselves. A Python process ends, for this table, just before Python takes "
         "itself apart. An object that Python takes from a free list is not an "
         "allocation.\n\n" SESSION_HELP "\n\n" EXIT_HELP,
     .max_operands = 1000,
     .options = {lines_options, source_options},
     .run = command_lines},
    {.name = "flame",
     .summary = "draw a flame graph of the call stacks",
     .operands = "[SESSION]",
     .help =
         "Shows what call stacks cost: bytes at the peak, leaked or allocated bytes, or the "
         "number of allocations or of temporary ones (freed before the thread's next "
         "allocation). svg is a picture that zooms and searches in any browser; folded has one "
         "line per stack, outermost function first, for flamegraph.pl and similar tools; "
         "speedscope and pprof are for the tools of those names. The ending of FILE chooses the "
         "format.\n\n"
         " leakgraph flame --cost leaked -o leaked.svg\n\n" SESSION_HELP "\n\n" EXIT_HELP,
     .max_operands = 1,
     .options = {flame_options, suppression_options},
     .run = command_flame},
    {.name = "export",
     .summary = "write everything for other programs",
     .operands = "[SESSION]",
     .help = "json has all findings, as report.schema.json describes; beyond 400,000 frames, the "
             "stacks of smaller sites are cut to their innermost frames. html is one page that "
             "needs no other file; it draws cycles if Graphviz is installed. timeline is a chart "
             "of heap and resident memory over time (SVG). massif is for ms_print and "
             "massif-visualizer: the heap over time of the process with the biggest peak. csv has "
             "a line "
             "per place that allocates. junit, "
             "sarif and markdown are the verdict of `gate` without options. openmetrics is for "
             "Prometheus: the figures of every process, and its lines with the most live bytes."
             "\n\n" SESSION_HELP "\n\n" EXIT_HELP,
     .max_operands = 1,
     .options = {export_options, source_options, suppression_options},
     .run = command_export},
    {0},
};

/* Prints one line and a hint; `command` NULL: no command was named. */
static int wrong_use(const struct command *command, const char *message, const char *word)
{
    const char *space = command ? " " : "", *name = command ? command->name : "";

    fprintf(stderr, "leakgraph%s%s: %s%s%s%s\nTry 'leakgraph%s%s --help'.\n", space, name, message,
            word ? " '" : "", word ? word : "", word ? "'" : "", space, name);
    return EXIT_WRONG_USE;
}

/* Help that did not arrive is a failure. */
static int finish_standard_output(void)
{
    return command_finish_output() ? EXIT_FINE : EXIT_WRONG_USE;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct error error = {0};
    int operand = argc;

    switch (options_parse(command->options, argc, argv, command->runs_program, &operand, &error)) {
    case OPTIONS_HELP:
        help_command(stdout, command);
        return finish_standard_output();
    case OPTIONS_MAN:
        help_command_man(stdout, command);
        return finish_standard_output();
    case OPTIONS_WRONG:
        return wrong_use(command, error.message, NULL);
    case OPTIONS_OK:
        break;
    }
    if (command->runs_program && operand == argc)
        return wrong_use(command, "no program to run", NULL);
    if (!command->runs_program && argc - operand > (int)command->max_operands)
        return wrong_use(command,
                         "one argument too many:", argv[operand + (int)command->max_operands]);
    return command->run(argc - operand, argv + operand);
}

static const struct command *find_command(const char *name)
{
    for (const struct command *command = commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

/* How many letters must be typed, left out, changed or swapped to make one word of the other. */
static size_t distance(const char *one, const char *other)
{
    enum { MOST = 32 };
    size_t length = strlen(one), width = strlen(other), rows[3][MOST + 1] = {0};

    if (length > MOST || width > MOST)
        return SIZE_MAX;
    for (size_t k = 0; k <= width; k++)
        rows[0][k] = k;
    for (size_t i = 1; i <= length; i++) {
        size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];

        now[0] = i;
        for (size_t k = 1; k <= width; k++) {
            bool same = one[i - 1] == other[k - 1];
            bool swapped =
                i > 1 && k > 1 && one[i - 1] == other[k - 2] && one[i - 2] == other[k - 1];
            size_t least = before[k - 1] + !same;

            least = before[k] + 1 < least ? before[k] + 1 : least;
            least = now[k - 1] + 1 < least ? now[k - 1] + 1 : least;
            now[k] = swapped && earlier[k - 2] + 1 < least ? earlier[k - 2] + 1 : least;
        }
    }
    return rows[length % 3][width];
}

/* The command that was probably meant; NULL: nothing is near. */
static const struct command *nearest_command(const char *word)
{
    const struct command *nearest = NULL;
    size_t least = strlen(word) / 3 + 1;

    for (const struct command *command = commands; command->name; command++) {
        size_t steps = distance(word, command->name);

        if (steps < least || (steps == least && !nearest)) {
            nearest = command;
            least = steps;
        }
    }
    return nearest;
}

static int unknown_command(const char *word)
{
    const struct command *meant = nearest_command(word);

    if (!meant)
        return wrong_use(NULL, "unknown command", word);
    fprintf(
        stderr,
        "leakgraph: unknown command '%s'\nDid you mean 'leakgraph %s'? Try 'leakgraph --help'.\n",
        word, meant->name);
    return EXIT_WRONG_USE;
}

/* `leakgraph help [COMMAND]` */
static int help(int count, char **words)
{
    const struct command *command = count ? find_command(words[0]) : NULL;

    if (count && !command)
        return unknown_command(words[0]);
    if (command)
        help_command(stdout, command);
    else
        help_overview(stdout, commands);
    return finish_standard_output();
}

static void write_completion(FILE *file)
{
    completion_write(file, commands);
}

static void write_completion_fish(FILE *file)
{
    completion_write_fish(file, commands);
}

static void write_completion_zsh(FILE *file)
{
    completion_write_zsh(file, commands);
}

static void write_help(FILE *file)
{
    help_overview(file, commands);
}

static void write_man(FILE *file)
{
    help_overview_man(file, commands);
}

static void write_version(FILE *file)
{
    fprintf(file, "%s\n", version_name);
}

/* What stands in place of a command. */
static const struct {
    const char *word;
    void (*write)(FILE *file);
} options[] = {
    {"--help", write_help},
    {"-h", write_help},
    {"--version", write_version},
    {"-V", write_version},
    {"--help=man", write_man},
    {"--help=completion", write_completion},
    {"--help=completion-fish", write_completion_fish},
    {"--help=completion-zsh", write_completion_zsh},
};

int main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : NULL;
    const struct command *command = first ? find_command(first) : NULL;

    if (command)
        return run_command(command, argc - 1, argv + 1);
    if (!first)
        return wrong_use(NULL, "no command given", NULL);
    if (strcmp(first, "help") == 0)
        return help(argc - 2, argv + 2);
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        if (strcmp(first, options[i].word) == 0) {
            options[i].write(stdout);
            return finish_standard_output();
        }
    return *first == '-' ? wrong_use(NULL, "unknown option", first) : unknown_command(first);
}
