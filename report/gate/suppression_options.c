/* SPDX-License-Identifier: MIT */
#include "report/gate/suppression_options.h"

#include "analyzer/sites/suppressions.h"

static struct suppression_rules *rules; /* they live until the command ends */

static bool read_file(const struct option_row *row, const char *argument, struct error *error)
{
    (void)row;
    if (!rules)
        rules = suppression_rules_new();
    return rules ? suppression_rules_read(rules, argument, error)
                 : error_set(error, "out of memory");
}

const struct option_row suppression_options[] = {
    {0, "suppressions", "FILE", "leave out what these LeakSanitizer or valgrind suppressions match",
     read_file, NULL},
    {0},
};

struct suppression_rules *suppression_options_rules(void)
{
    return rules;
}

/* "all leaks", "direct and cycle leaks" */
static void write_use(FILE *file, const struct suppression_rule *rule)
{
    bool all = true, first = true;

    if (rule->use != SUPPRESSES_LEAKS) {
        fputs(rule->use == SUPPRESSES_FREES ? "wrong frees" : "nothing that is looked for here",
              file);
        return;
    }
    for (int class = 0; class < LEAK_CLASSES; class ++)
        all &= rule->classes[class];
    for (int class = 0; class < LEAK_CLASSES && !all; class ++) {
        if (!rule->classes[class])
            continue;
        fprintf(file, "%s%s", first ? "" : ", ", leak_class_names[class]);
        first = false;
    }
    fputs(all ? "leaks" : " leaks", file);
}

void suppression_options_list(FILE *file)
{
    for (size_t i = 0; i < suppressions_count(); i++) {
        struct suppressions_builtin builtin = suppressions_builtin(i);

        fprintf(file, "built-in: %s: %s\n", builtin.name, builtin.what);
    }
    for (size_t i = 0; i < suppression_rules_count(rules); i++) {
        const struct suppression_rule *rule = suppression_rules_get(rules, i);

        fprintf(file, "%s:%u: %s: ", rule->file, rule->line, rule->name);
        write_use(file, rule);
        fputc('\n', file);
    }
}
