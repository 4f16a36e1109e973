/* SPDX-License-Identifier: MIT */
#include "report/cli/completion.h"

#include <string.h>

/*
 * The part that does not depend on the table: finds the command, and what to complete. bash splits
 * --format=text into three words.
 */
static const char head[] =
    "# bash completion of leakgraph, written by `leakgraph --help=completion`\n"
    "_leakgraph()\n"
    "{\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command=${COMP_WORDS[1]} words=\n"
    "    COMPREPLY=()\n"
    "    if [ \"$current\" = = ]; then\n"
    "        current=\n"
    "    elif [ \"$previous\" = = ]; then\n"
    "        previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    [ \"$COMP_CWORD\" -gt 1 ] || command=\n"
    "    case \" ${COMP_WORDS[*]:0:COMP_CWORD} \" in\n"
    "    *' -- '*) return ;;\n"
    "    esac\n"
    "    case \"$command $previous\" in\n";

static const char middle[] = "    *)\n"
                             "        case \"$command\" in\n";

static const char tail[] =
    "        esac\n"
    "        case \"$current\" in\n"
    "        -*) ;;\n"
    "        *) [ -z \"$command\" ] || words= ;;\n"
    "        esac\n"
    "        ;;\n"
    "    esac\n"
    "    [ -z \"$words\" ] || COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
    "}\n"
    "complete -o default -F _leakgraph leakgraph\n";

typedef void write_row(FILE *file, const struct command *command, const struct option_row *row);

static void each_row(FILE *file, const struct command *command, write_row *write)
{
    for (unsigned group = 0; group < OPTION_GROUPS && command->options[group]; group++)
        for (const struct option_row *row = command->options[group]; row->name; row++)
            write(file, command, row);
}

/* The values of an option that lists them: "text|github". */
static void write_choices(FILE *file, const struct command *command, const struct option_row *row)
{
    if (row->parse != option_choice)
        return;
    fprintf(file, "    \"%s --%s\"", command->name, row->name);
    if (row->letter)
        fprintf(file, " | \"%s -%c\"", command->name, row->letter);
    fputs(") words=\"", file);
    for (const char *at = row->argument; *at; at++)
        fputc(*at == '|' ? ' ' : *at, file);
    fputs("\" ;;\n", file);
}

static void write_name(FILE *file, const struct command *command, const struct option_row *row)
{
    (void)command;
    fprintf(file, " --%s", row->name);
}

void completion_write(FILE *file, const struct command *commands)
{
    fputs(head, file);
    for (const struct command *command = commands; command->name; command++)
        each_row(file, command, write_choices);
    fputs(middle, file);
    fputs("        '') words=\"--help --version", file);
    for (const struct command *command = commands; command->name; command++)
        fprintf(file, " %s", command->name);
    fputs("\" ;;\n", file);
    for (const struct command *command = commands; command->name; command++) {
        fprintf(file, "        %s) words=\"--help", command->name);
        each_row(file, command, write_name);
        fputs("\" ;;\n", file);
    }
    fputs(tail, file);
}
