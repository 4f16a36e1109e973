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

/* --- fish --- */

/* In single quotes, of which fish knows \\' and \\\\. */
static void write_quoted(FILE *file, const char *text)
{
    fputc('\'', file);
    for (; *text; text++)
        fprintf(file, *text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
    fputc('\'', file);
}

static void write_fish_option(FILE *file, const struct command *command,
                              const struct option_row *row)
{
    fprintf(file, "complete -c leakgraph -n '__fish_seen_subcommand_from %s' -l %s", command->name,
            row->name);
    if (row->letter)
        fprintf(file, " -s %c", row->letter);
    if (row->argument)
        fputs(" -r", file);
    if (row->parse == option_choice) {
        fputs(" -f -a '", file);
        for (const char *at = row->argument; *at; at++)
            fputc(*at == '|' ? ' ' : *at, file);
        fputc('\'', file);
    }
    fputs(" -d ", file);
    write_quoted(file, row->help);
    fputc('\n', file);
}

void completion_write_fish(FILE *file, const struct command *commands)
{
    fputs("# fish completion of leakgraph, written by `leakgraph --help=completion-fish`\n", file);
    for (const struct command *command = commands; command->name; command++) {
        fprintf(file, "complete -c leakgraph -n __fish_use_subcommand -f -a %s -d ", command->name);
        write_quoted(file, command->summary);
        fputc('\n', file);
        each_row(file, command, write_fish_option);
    }
}

/* --- zsh --- */

/* A part of an _arguments specification, within single quotes. */
static void write_zsh_text(FILE *file, const char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", file);
        else
            fprintf(file, strchr("[]:\\", *text) ? "\\%c" : "%c", *text);
}

static void write_zsh_argument(FILE *file, const struct option_row *row)
{
    fputs(":", file);
    write_zsh_text(file, row->parse == option_choice ? row->name : row->argument);
    fputs(":", file);
    if (row->parse == option_choice) {
        fputc('(', file);
        for (const char *at = row->argument; *at; at++)
            fputc(*at == '|' ? ' ' : *at, file);
        fputc(')', file);
    } else if (row->parse == option_text) {
        fputs("_files", file);
    }
}

static void write_zsh_option(FILE *file, const struct command *command,
                             const struct option_row *row)
{
    (void)command;
    fputs("            ", file);
    if (row->letter)
        fprintf(file, "'(-%c --%s)'{-%c,--%s}", row->letter, row->name, row->letter, row->name);
    else
        fprintf(file, "--%s", row->name);
    fputs("'[", file);
    write_zsh_text(file, row->help);
    fputc(']', file);
    if (row->argument)
        write_zsh_argument(file, row);
    fputs("' \\\n", file);
}

void completion_write_zsh(FILE *file, const struct command *commands)
{
    fputs("#compdef leakgraph\n"
          "# zsh completion of leakgraph, written by `leakgraph --help=completion-zsh`\n"
          "local -a commands=(\n",
          file);
    for (const struct command *command = commands; command->name; command++) {
        fprintf(file, "    '%s:", command->name);
        write_zsh_text(file, command->summary);
        fputs("'\n", file);
    }
    fputs(")\n"
          "if (( CURRENT == 2 )); then\n"
          "    _describe command commands\n"
          "    return\n"
          "fi\n"
          "shift words\n"
          "(( CURRENT-- ))\n"
          "case $words[1] in\n",
          file);
    for (const struct command *command = commands; command->name; command++) {
        fprintf(file, "    %s)\n        _arguments \\\n", command->name);
        each_row(file, command, write_zsh_option);
        fprintf(file, "            '(-h --help)'{-h,--help}'[show this help]' %s ;;\n",
                command->runs_program ? "'*::: :_normal'" : "'*: :_files'");
    }
    fputs("esac\n", file);
}

/* --- bash --- */

void completion_write(FILE *file, const struct command *commands)
{
    fputs(head, file);
    for (const struct command *command = commands; command->name; command++)
        each_row(file, command, write_choices);
    fputs(middle, file);
    fputs("        '') words=\"--help --version help", file);
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
