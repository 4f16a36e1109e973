/* SPDX-License-Identifier: MIT */
/*
 * The command `leakgraph`: a table of commands, and what picks one. A new command is one row here
 * and one file command_NAME.c.
 */
#include <stdio.h>
#include <string.h>

#include "report/cli/command.h"
#include "report/cli/completion.h"
#include "report/cli/help.h"
#include "report/gate/budget_options.h"
#include "report/gate/suppression_options.h"
#include "report/record/recording_options.h"
#include "report/view/source_file.h"

#define SESSION_HELP                                                                               \
    "SESSION is a folder made by `leakgraph record`, or one recording in it (*.lgr); without "     \
    "it, leakgraph.data is taken."
#define EXIT_HELP                                                                                  \
    "Exit status: 0 done; 2 wrong use, or the output could not be written; 3 there is no "         \
    "recording that can be read."
#define BUDGET_HELP                                                                                \
    "Budgets hold for each process by itself, not for their sum. Without any, no leaked block, "   \
    "no cycle and no wrong free is allowed. Those behind a --process are for the processes of "    \
    "that name. Sizes take K, M, G (or KiB, MiB, GiB), multiples of 1024.\n\n"                     \
    "A baseline holds known findings, one a line: KIND FINGERPRINT [count=N] [bytes=N] "           \
    "[owner=WHO] [expires=YYYY-MM-DD] [process=NAME]  # comment. What is above count and bytes "   \
    "counts, and so does all of it after the day of expiry. --update-baseline adds what was "      \
    "found and leaves comments, order and expired entries as they are; its status is 0.\n\n"       \
    "Suppressions are those of LeakSanitizer (leak:PATTERN) and valgrind (.supp), read as they "   \
    "are. How much was suppressed or known is always said.\n\n"                                    \
    "There is no verdict when a recording is missing or damaged, when a process was killed, "      \
    "or when its blocks could not be checked; never does \"nothing recorded\" count as \"no "      \
    "leaks\". When only peaks, growth or allocations on real-time threads are asked for, blocks "  \
    "need not be checked."

static const struct command commands[] = {
    {.name = "record",
     .summary = "run a program and record its memory",
     .operands = "[--] CMD [ARG...]",
     .help = "Runs CMD with the recorder preloaded, in every process that it starts, into one "
             "session folder. An earlier session of that name is kept as SESSION.old. Inside "
             "a recorded session, and while another `record` is using the same folder, it "
             "joins that session instead.\n\n"
             "CMD behaves as without leakgraph; signals sent to `record` are passed on to it. "
             "Programs that cannot be recorded (static, setuid) run unrecorded, and one line "
             "on standard error says why.\n\n"
             "Exit status: that of CMD, 128+n when signal n ended it; 126 and 127 when it "
             "could not be started; 2 wrong use.",
     .runs_program = true,
     .options = {record_options, recording_options},
     .run = command_record},
    {.name = "snapshot",
     .summary = "ask a recorded process for a snapshot now",
     .operands = "PID",
     .help =
         "The process PID, recorded by whoever started it and in whatever container, writes its "
         "object graph into its recording while it goes on; it stands still only for the "
         "moment that is printed. SESSION@N is the session by its snapshot N, in every "
         "command that reads one.\n\n"
         "A program takes one by itself with leakgraph_snapshot(\"label\") of leakgraph.h; "
         "`record` has options to take them by the clock or by the memory's size.\n\n"
         "Exit status: 0 there is a snapshot; 2 wrong use; 3 there is none: no such process, "
         "it is not recorded, it refused (see record --max-pause), or it did not answer.",
     .max_operands = 1,
     .options = {snapshot_options},
     .run = command_snapshot},
    {.name = "report",
     .summary = "show leaks, cycles, errors and hot spots",
     .operands = "[SESSION]",
     .help =
         "First the verdict in one line, then for each process its cycles and leaks, "
         "biggest first, wrong frees, where the memory was at the peak, and what "
         "allocates most. Of many processes the few that lost most are told in full, the "
         "others in a line each.\n\n"
         " leakgraph report --tree bottom-up --cost allocated\n"
         " leakgraph report --module 'libplanner*' --by-thread\n\n" SESSION_HELP "\n\n" EXIT_HELP,
     .max_operands = 1,
     .options = {report_options, suppression_options},
     .run = command_report},
    {.name = "check",
     .summary = "record a program and give a verdict, for CI",
     .operands = "[--] CMD [ARG...]",
     .help = "`record` and `gate` in one. The verdict goes to standard error, with a short "
             "report when it is bad.\n\n" BUDGET_HELP "\n\n"
             "Exit status: that of CMD when it failed (128+n for signal n); otherwise 0 "
             "within all budgets; 1 leak found or budget exceeded; 2 wrong use; 3 no verdict.",
     .runs_program = true,
     .options = {check_options, budget_options, suppression_options, recording_options},
     .run = command_check},
    {.name = "gate",
     .summary = "give a verdict on a recording, for CI",
     .operands = "[SESSION...]",
     .help = "Compares recordings with budgets and prints one line for each that is exceeded, "
             "the place first. Several sessions are judged one by one; with --repeated they are "
             "runs of one program, and what too few of them show is called flaky and does not "
             "count.\n\n" BUDGET_HELP "\n\n" SESSION_HELP "\n\n"
             "Exit status: 0 within all budgets; 1 leak found or budget exceeded; 2 wrong "
             "use; 3 no verdict.",
     .max_operands = 1000,
     .options = {gate_options, budget_options, suppression_options},
     .run = command_gate},
    {.name = "types",
     .summary = "show the most common types and what they hold",
     .operands = "[SESSION]",
     .help = "Sums the blocks of a snapshot (the last one, or that of SESSION@N) up by type: C++ "
             "classes, and with debug info the structs of C, containers' buffers by their "
             "holder (\"Planner.path buffer\"); blocks of no known type by the place that made "
             "them. \"Retained\" is what would go with them.\n\n" SESSION_HELP "\n\n" EXIT_HELP,
     .max_operands = 1,
     .options = {types_options},
     .run = command_types},
    {.name = "diff",
     .summary = "show what grew between two sessions or snapshots",
     .operands = "OLD NEW",
     .help = "Compares the object graphs of two sessions type by type, those that grew most "
             "first, and names the places that made the new blocks. OLD and NEW can be two "
             "snapshots of one session:\n\n"
             " leakgraph diff leakgraph.data@1 leakgraph.data@2\n\n"
             "Of several processes those with the same program are compared, in the order of "
             "their start.\n\n" EXIT_HELP,
     .max_operands = 2,
     .options = {diff_options},
     .run = command_diff},
    {.name = "graph",
     .summary = "draw cycles, or who holds what (DOT, SVG, JSON)",
     .operands = "[SESSION]",
     .help = "Draws the blocks of each leaked cycle with their pointers, the one to weaken in "
             "red, and in grey what only the cycle keeps. Or another part of the object graph:\n\n"
             " leakgraph graph --backrefs Planner --format svg -o planner.svg\n"
             " leakgraph graph --path-from-root make_frame --max-depth 10\n"
             " leakgraph graph --refs robot.cpp:48\n\n"
             "Blocks are named by their class, by the debug info's types, by the member that "
             "holds them, or by the place that made them. Pointers have their member's name; "
             "dashed ones look like a pointer by their value only. Roots are globals, thread-local "
             "variables, pthread keys, and a thread's stack in a function, with the local variable "
             "when debug info tells it.\n\n" SESSION_HELP "\n\n" EXIT_HELP,
     .max_operands = 1,
     .options = {graph_options, suppression_options},
     .run = command_graph},
    {.name = "lines",
     .summary = "show source lines with what they hold and allocate",
     .operands = "[SESSION] [SOURCE...]",
     .help =
         "The table of memory_profiler, for Python, C and C++, from every allocation rather "
         "than from the size of the process. A line's figures include those of the "
         "functions it calls.\n\n"
         " Mem usage    held by the function's lines so far, at the peak of the process or at its "
         "end\n"
         " Increment    what the line gained for good: it is still alive at the end\n"
         " Occurrences  allocations\n"
         " Peak         what the line held at the peak of the process\n"
         " Temporary    allocations freed before the thread's next one\n"
         " Allocated    bytes in all, and Leaked: what nothing reaches any more (--all-columns)\n\n"
         "Without SOURCE (the end of a path) and --function, those functions are shown "
         "that allocate most by themselves. The end of a Python process is just before "
         "Python takes itself apart. An object that Python makes from one of its free "
         "lists is no allocation.\n\n" SESSION_HELP "\n\n" EXIT_HELP,
     .max_operands = 1000,
     .options = {lines_options, source_options},
     .run = command_lines},
    {.name = "flame",
     .summary = "draw a flame graph of the call stacks",
     .operands = "[SESSION]",
     .help =
         "What call stacks cost: bytes at the peak, leaked or allocated bytes, or the number of "
         "allocations or of temporary ones (freed before the thread's next allocation). "
         "svg is a picture that zooms and searches in any browser; folded has one line for "
         "each stack, outermost function first, for flamegraph.pl and its like; speedscope "
         "and pprof are read by the tools of these names.\n\n"
         " leakgraph flame --cost leaked -o leaked.svg\n\n" SESSION_HELP "\n\n" EXIT_HELP,
     .max_operands = 2,
     .options = {flame_options, suppression_options},
     .run = command_flame},
    {.name = "export",
     .summary = "write everything for other programs",
     .operands = "[SESSION]",
     .help = "json has all findings, report.schema.json describes it; beyond 400,000 frames "
             "the stacks of smaller sites are cut to their innermost. html is one page that needs "
             "nothing else; cycles are drawn where Graphviz is installed. timeline is a chart of "
             "heap and resident memory (SVG). massif is read by ms_print and "
             "massif-visualizer: the heap of the process with the biggest peak over time. junit, "
             "sarif and markdown are the verdict of `gate` without options.\n\n" SESSION_HELP
             "\n\n" EXIT_HELP,
     .max_operands = 1,
     .options = {export_options, source_options, suppression_options},
     .run = command_export},
    {0},
};

/* One line and a hint; `command` NULL: none was named. */
static int wrong_use(const struct command *command, const char *message, const char *word)
{
    const char *space = command ? " " : "", *name = command ? command->name : "";

    fprintf(stderr, "leakgraph%s%s: %s%s%s%s\nTry 'leakgraph%s%s --help'.\n", space, name, message,
            word ? " '" : "", word ? word : "", word ? "'" : "", space, name);
    return EXIT_WRONG_USE;
}

/* Help that did not arrive is a failure, too. */
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

int main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : NULL;
    const struct command *command = first ? find_command(first) : NULL;

    if (command)
        return run_command(command, argc - 1, argv + 1);
    if (!first)
        return wrong_use(NULL, "no command given", NULL);
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        help_overview(stdout, commands);
    else if (strcmp(first, "--help=man") == 0)
        help_overview_man(stdout, commands);
    else if (strcmp(first, "--help=completion") == 0)
        completion_write(stdout, commands);
    else if (strcmp(first, "--version") == 0)
        puts("leakgraph " LEAKGRAPH_VERSION);
    else
        return wrong_use(NULL, *first == '-' ? "unknown option" : "unknown command", first);
    return finish_standard_output();
}
