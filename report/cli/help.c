/* SPDX-License-Identifier: MIT */
#include "report/cli/help.h"

#include <ctype.h>
#include <string.h>

#include "report/base/version.h"

static const char intro[] =
    "Finds leaked memory, reference cycles and memory hot spots of Linux programs, "
    "without rebuilding them.";

static const char example[] = "leakgraph record -- ./robot --rate 10\n"
                              "leakgraph report\n"
                              "leakgraph check -- ./robot_test\n";

static const struct option_row help_row = {'h', "help", NULL, "show this help", NULL, NULL};

enum { HELP_WIDTH = 96, OPTION_COLUMN = 32 };

/* Writes words up to `end`, wrapped at HELP_WIDTH; the cursor is at `column` already. */
static void write_wrapped(FILE *file, const char *text, const char *end, size_t column, int indent)
{
    while (text < end) {
        size_t length = strcspn(text, " \n");

        if (text + length > end)
            length = (size_t)(end - text);
        if (column > (size_t)indent && column + 1 + length > HELP_WIDTH) {
            fprintf(file, "\n%*s", indent, "");
            column = (size_t)indent;
        } else if (column > (size_t)indent) {
            fputc(' ', file);
            column++;
        }
        fwrite(text, 1, length, file);
        column += length;
        text += length + strspn(text + length, " \n");
    }
    fputc('\n', file);
}

/* Paragraphs are separated by empty lines; one that starts with a space is printed as it is. */
static void write_paragraphs(FILE *file, const char *text)
{
    while (*text) {
        const char *end = strstr(text, "\n\n");

        if (!end)
            end = text + strlen(text);
        if (*text == ' ')
            fprintf(file, "%.*s\n", (int)(end - text), text);
        else
            write_wrapped(file, text, end, 0, 0);
        text = end + strspn(end, "\n");
        if (*text)
            fputc('\n', file);
    }
}

static void write_option(FILE *file, const struct option_row *row)
{
    int column = row->letter ? fprintf(file, "  -%c, --%s", row->letter, row->name)
                             : fprintf(file, "      --%s", row->name);

    if (row->argument)
        column += fprintf(file, " %s", row->argument);
    if (column >= OPTION_COLUMN) {
        fputc('\n', file);
        column = 0;
    }
    fprintf(file, "%*s", OPTION_COLUMN - column, "");
    write_wrapped(file, row->help, row->help + strlen(row->help), OPTION_COLUMN, OPTION_COLUMN);
}

void help_overview(FILE *file, const struct command *commands)
{
    fputs("usage: leakgraph COMMAND [OPTION...]\n\n", file);
    write_paragraphs(file, intro);
    fputs("\nCommands:\n", file);
    for (const struct command *command = commands; command->name; command++)
        fprintf(file, "  %-9s %s\n", command->name, command->summary);
    fputs("\nOptions:\n"
          "  -h, --help             show this help, or after a COMMAND its own\n"
          "  -V, --version          show the version\n"
          "      --help=completion  write a completion script for bash; also completion-zsh and\n"
          "                         completion-fish\n"
          "\nExamples:\n",
          file);
    for (const char *line = example; *line; line = strchr(line, '\n') + 1)
        fprintf(file, "  %.*s\n", (int)strcspn(line, "\n"), line);
}

void help_command(FILE *file, const struct command *command)
{
    fprintf(file, "usage: leakgraph %s [OPTION...] %s\n\n", command->name, command->operands);
    write_paragraphs(file, command->help);
    fputs("\nOptions:\n", file);
    for (unsigned group = 0; group < OPTION_GROUPS && command->options[group]; group++)
        for (const struct option_row *row = command->options[group]; row->name; row++)
            write_option(file, row);
    write_option(file, &help_row);
}

/* roff: a line must not start with a dot or a quote, backslashes and hyphens are special. */
static void write_roff(FILE *file, const char *text, const char *end)
{
    bool line_start = true;

    for (; text < end; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", file);
        if (*text == '\\')
            fputs("\\e", file);
        else if (*text == '-')
            fputs("\\-", file);
        else
            fputc(*text, file);
        line_start = *text == '\n';
    }
}

static void write_roff_text(FILE *file, const char *text)
{
    write_roff(file, text, text + strlen(text));
}

/* The exit status gets a section of its own, wherever the help mentions it. */
static void write_roff_paragraphs(FILE *file, const char *text)
{
    static const char status[] = "Exit status: ";

    for (bool first = true; *text; first = false) {
        const char *end = strstr(text, "\n\n");
        bool is_status = strncmp(text, status, strlen(status)) == 0;

        if (!end)
            end = text + strlen(text);
        fputs(is_status ? ".SH EXIT STATUS\n" : first ? "" : ".PP\n", file);
        fputs(*text == ' ' ? ".nf\n" : "", file);
        text += is_status ? strlen(status) : 0;
        write_roff(file, text, end);
        fputs(*text == ' ' ? "\n.fi\n" : "\n", file);
        text = end + strspn(end, "\n");
    }
}

static void write_roff_option(FILE *file, const struct option_row *row)
{
    fputs(".TP\n", file);
    if (row->letter)
        fprintf(file, "\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB\\-\\-", file);
    write_roff_text(file, row->name);
    fputs("\\fR", file);
    if (row->argument) {
        fputs(" \\fI", file);
        write_roff_text(file, row->argument);
        fputs("\\fR", file);
    }
    fputc('\n', file);
    write_roff_text(file, row->help);
    fputc('\n', file);
}

/* `command` "": of all of leakgraph. */
static void write_roff_title(FILE *file, const char *command)
{
    fputs(*command ? ".TH LEAKGRAPH\\-" : ".TH LEAKGRAPH", file);
    for (; *command; command++)
        fputc(toupper((unsigned char)*command), file);
    fprintf(file, " 1 \"%s\" \"%s\"\n", version_date, version_name);
}

/* Environment variables and files, with what they are for. */
struct fact {
    const char *name, *text;
};

static const struct fact environment[] = {
    {"LEAKGRAPH_OUT", "the folder to record into, when the recorder is preloaded without "
                      "`record`; inside a session, `record` joins it"},
    {"LD_PRELOAD", "`record` puts libleakgraph.so in front of what it holds"},
    {"NO_COLOR", "if it is not empty, output has no colours"},
    {"GITHUB_WORKSPACE, CI_PROJECT_DIR", "the checkout that paths are relative to in findings for "
                                         "CI; otherwise the repository around the working "
                                         "directory or the source file"},
    {0},
};

static const struct fact files[] = {
    {"leakgraph.data/", "the session of the last `record`: one *.lgr for each process, and a "
                        "*.timeline beside it"},
    {"leakgraph.data.old/", "the session before"},
    {0},
};

static void write_roff_facts(FILE *file, const char *section, const struct fact *facts)
{
    fprintf(file, ".SH %s\n", section);
    for (; facts->name; facts++) {
        fputs(".TP\n\\fB", file);
        write_roff_text(file, facts->name);
        fputs("\\fR\n", file);
        write_roff_text(file, facts->text);
        fputc('\n', file);
    }
}

void help_overview_man(FILE *file, const struct command *commands)
{
    write_roff_title(file, "");
    fputs(".SH NAME\nleakgraph \\- memory profiler and leak and cycle detector\n.SH SYNOPSIS\n"
          "\\fBleakgraph\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...]\n.SH DESCRIPTION\n",
          file);
    write_roff_text(file, intro);
    fputs("\n.SH COMMANDS\n", file);
    for (const struct command *command = commands; command->name; command++) {
        fprintf(file, ".TP\n\\fBleakgraph\\-%s\\fR(1)\n", command->name);
        write_roff_text(file, command->summary);
        fputc('\n', file);
    }
    fputs(".SH EXAMPLES\n.nf\n", file);
    write_roff_text(file, example);
    fputs(".fi\n", file);
    write_roff_facts(file, "ENVIRONMENT", environment);
    write_roff_facts(file, "FILES", files);
    fputs(".SH SEE ALSO\n", file);
    for (const struct command *command = commands; command->name; command++)
        fprintf(file, "\\fBleakgraph\\-%s\\fR(1),\n", command->name);
    fputs("\\fBvalgrind\\fR(1), \\fBgdb\\fR(1)\n", file);
}

void help_command_man(FILE *file, const struct command *command)
{
    write_roff_title(file, command->name);
    fprintf(file, ".SH NAME\nleakgraph\\-%s \\- ", command->name);
    write_roff_text(file, command->summary);
    fprintf(file, "\n.SH SYNOPSIS\n\\fBleakgraph %s\\fR [\\fIOPTION\\fR...] ", command->name);
    write_roff_text(file, command->operands);
    fputs("\n.SH DESCRIPTION\n", file);
    write_roff_paragraphs(file, command->help);
    fputs(".SH OPTIONS\n", file);
    for (unsigned group = 0; group < OPTION_GROUPS && command->options[group]; group++)
        for (const struct option_row *row = command->options[group]; row->name; row++)
            write_roff_option(file, row);
    write_roff_option(file, &help_row);
    write_roff_facts(file, "ENVIRONMENT", environment);
    write_roff_facts(file, "FILES", files);
    fputs(".SH SEE ALSO\n\\fBleakgraph\\fR(1)\n", file);
}
