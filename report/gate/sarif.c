/* SPDX-License-Identifier: MIT */
#include "report/gate/sarif.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "report/base/output.h"
#include "report/base/utf8.h"
#include "report/base/version.h"
#include "report/gate/gate_text.h"
#include "report/view/labels.h"
#include "report/view/source_path.h"

/* jansson's functions pass a NULL on to whoever holds the value: memory is checked at the end. */

enum { MOST_FRAMES = 64 };

enum rule {
    RULE_LEAK,
    RULE_CYCLE,
    RULE_DOUBLE_FREE,
    RULE_INVALID_FREE,
    RULE_MISMATCHED_FREE,
    RULE_REAL_TIME,
    RULE_GROWTH,
    RULE_PYTHON_LEAK,
    RULE_PYTHON_GARBAGE,
    RULE_PEAK,
    RULE_COUNT,
};

static const struct {
    const char *id, *description;
} rules[RULE_COUNT] = {
    [RULE_LEAK] = {"leak", "Memory that nothing points to any more"},
    [RULE_CYCLE] = {"cycle", "Blocks that only hold one another"},
    [RULE_DOUBLE_FREE] = {"double-free", "A block was freed twice"},
    [RULE_INVALID_FREE] = {"invalid-free", "What was freed is not a block"},
    [RULE_MISMATCHED_FREE] = {"mismatched-free",
                              "A block was freed by a function that does not match its allocation"},
    [RULE_REAL_TIME] = {"real-time-allocation", "An allocation on a real-time thread"},
    [RULE_GROWTH] = {"growth", "Memory that grows in the steady state"},
    [RULE_PYTHON_LEAK] = {"python-leak", "Python objects that are never freed"},
    [RULE_PYTHON_GARBAGE] = {"python-garbage", "Cycles that wait for Python's collector"},
    [RULE_PEAK] = {"peak", "More memory at the peak than the budget allows"},
};

static enum rule rule_of(const struct finding *finding)
{
    switch (finding->kind) {
    case FINDING_LEAK:
        return RULE_LEAK;
    case FINDING_CYCLE:
        return RULE_CYCLE;
    case FINDING_ERROR:
        return (enum rule)(RULE_DOUBLE_FREE + (int)finding->error->kind);
    case FINDING_REAL_TIME:
        return RULE_REAL_TIME;
    case FINDING_PYTHON_LEAK:
        return RULE_PYTHON_LEAK;
    case FINDING_PYTHON_GARBAGE:
        return RULE_PYTHON_GARBAGE;
    default:
        return RULE_GROWTH;
    }
}

static json_t *text(const char *string)
{
    char *clean = utf8_clean(string);
    json_t *value = clean ? json_string_nocheck(clean) : NULL;

    free(clean);
    return value;
}

static json_t *message(const char *string)
{
    return json_pack("{s:o}", "text", text(string));
}

/* A path as a URI: %XX for characters that have a meaning there, or none at all. */
static json_t *uri_of(const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-._~/+,=@$";
    const char *prefix = *path == '/' ? "file://" : "";
    size_t size = strlen(prefix) + 3 * strlen(path) + 1;
    char *uri = malloc(size), *end = uri;
    json_t *value;

    if (!uri)
        return NULL;
    end += sprintf(end, "%s", prefix);
    for (; *path; path++)
        end += strchr(plain, *path) ? sprintf(end, "%c", *path)
                                    : sprintf(end, "%%%02X", (unsigned char)*path);
    value = json_string(uri);
    free(uri);
    return value;
}

/* --- where --- */

static json_t *artifact(const char *file)
{
    struct source_path path = source_path_relative(file);
    json_t *location = json_pack("{s:o}", "uri", uri_of(path.text));

    if (path.text[0] != '/')
        json_object_set_new(location, "uriBaseId", json_string("%SRCROOT%"));
    return location;
}

static json_t *location_of(const struct frame *frame)
{
    json_t *location = json_object();

    if (frame->file) {
        json_t *physical = json_pack("{s:o}", "artifactLocation", artifact(frame->file));

        if (frame->line)
            json_object_set_new(physical, "region",
                                json_pack("{s:i}", "startLine", (int)frame->line));
        json_object_set_new(location, "physicalLocation", physical);
    }
    json_object_set_new(location, "logicalLocations",
                        json_pack("[{s:o, s:s}]", "fullyQualifiedName",
                                  text(label_function(frame).text), "kind", "function"));
    return location;
}

static json_t *locations_of(const struct stack *stack)
{
    json_t *locations = json_array();
    const struct frame *frame = stack ? label_frame(stack) : NULL;

    if (frame)
        json_array_append_new(locations, location_of(frame));
    return locations;
}

static json_t *stacks_of(const struct stack *stack)
{
    json_t *frames = json_array();

    for (size_t i = 0; stack && i < stack->frame_count && i < MOST_FRAMES; i++)
        json_array_append_new(frames,
                              json_pack("{s:o}", "location", location_of(&stack->frames[i])));
    return json_pack("[{s:o, s:o}]", "message", message("allocated by"), "frames", frames);
}

/* --- results --- */

static json_t *result(enum rule rule, const char *level, const struct stack *stack,
                      const char *words)
{
    json_t *value =
        json_pack("{s:s, s:i, s:s, s:o, s:o}", "ruleId", rules[rule].id, "ruleIndex", (int)rule,
                  "level", level, "message", message(words), "locations", locations_of(stack));

    if (stack && stack->frame_count)
        json_object_set_new(value, "stacks", stacks_of(stack));
    return value;
}

static json_t *finding_result(const struct judgement *judgement, const struct subject *subject,
                              const struct finding *finding, const char *level,
                              const struct quantity *quantity)
{
    char words[2 * LABEL_BYTES];
    json_t *value;

    snprintf(words, sizeof(words), "%.700s: %.300s; %.600s%.100s", finding_place(finding).text,
             finding_text(finding, quantity).text, subject_label(subject).text,
             gate_text_runs(judgement, finding).text);
    value = result(rule_of(finding), level, finding->stack, words);
    json_object_set_new(value, "partialFingerprints",
                        json_pack("{s:s}", "leakgraph/v1", finding->fingerprint));
    if (judgement->runs > 1)
        json_object_set_new(
            value, "properties",
            json_pack("{s:i, s:i}", "runsSeen", (int)finding->seen, "runs", (int)judgement->runs));
    return value;
}

static json_t *known_result(const struct judgement *judgement, const struct subject *subject,
                            const struct finding *finding)
{
    json_t *value = finding_result(judgement, subject, finding, "note", &finding->known);
    const char *owner = finding->entry->owner ? finding->entry->owner : "";
    char why[LABEL_BYTES];

    snprintf(why, sizeof(why), "%.300s:%u%s%.300s", baseline_path(judgement->baseline),
             finding->entry->line, *owner ? ", owner " : "", owner);
    json_object_set_new(value, "suppressions",
                        json_pack("[{s:s, s:s, s:o}]", "kind", "external", "status", "accepted",
                                  "justification", text(why)));
    return value;
}

static void add_finding(json_t *results, const struct judgement *judgement,
                        const struct subject *subject, const struct finding *finding)
{
    struct quantity most = judgement_largest(judgement, finding);

    if (!finding->offends && judgement_is_flaky(judgement, finding))
        json_array_append_new(results,
                              finding_result(judgement, subject, finding, "warning", &most));
    if (finding->known.count && (!finding->counted.count || !finding->offends))
        json_array_append_new(results, known_result(judgement, subject, finding));
}

static json_t *all_results(const struct judgement *judgement)
{
    json_t *results = json_array();

    for (size_t i = 0; i < judgement->offence_count; i++) {
        const struct offence *offence = &judgement->offences[i];

        json_array_append_new(results, finding_result(judgement, offence->subject, offence->finding,
                                                      "error", &offence->finding->counted));
    }
    for (size_t i = 0; i < judgement->ruling_count; i++) {
        const struct ruling *ruling = &judgement->rulings[i];
        char words[2 * LABEL_BYTES];

        if (ruling->outcome != BUDGET_EXCEEDED || ruling->culprit)
            continue;
        snprintf(words, sizeof(words), "%.700s; %.900s", gate_text_ruling(ruling).text,
                 subject_label(ruling->subject).text);
        json_array_append_new(results,
                              result(ruling->measure == BUDGET_PEAK ? RULE_PEAK : RULE_GROWTH,
                                     "error", ruling->stack, words));
    }
    for (size_t i = 0; i < judgement->subjects.count; i++) {
        const struct subject *subject = &judgement->subjects.all[i];

        for (size_t k = 0; k < subject->findings.count; k++)
            add_finding(results, judgement, subject, &subject->findings.all[k]);
    }
    return results;
}

/* --- the run --- */

static json_t *driver(void)
{
    json_t *list = json_array();

    for (int i = 0; i < RULE_COUNT; i++)
        json_array_append_new(list, json_pack("{s:s, s:o}", "id", rules[i].id, "shortDescription",
                                              message(rules[i].description)));
    return json_pack("{s:s, s:s, s:o}", "name", "leakgraph", "version", version_number, "rules",
                     list);
}

static json_t *invocation(const struct judgement *judgement)
{
    json_t *notifications = json_array();
    struct gate_doubt doubt;

    for (size_t i = 0; (doubt = gate_text_doubt(judgement, i)).is_there; i++)
        json_array_append_new(notifications, json_pack("{s:s, s:o}", "level", "error", "message",
                                                       message(doubt.text.text)));
    return json_pack("{s:b, s:o}", "executionSuccessful", judgement->outcome != BUDGET_NO_VERDICT,
                     "toolExecutionNotifications", notifications);
}

static json_t *amounts(const struct judgement *judgement)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I}", "outcome",
                     budget_outcome_names[judgement->outcome], "suppressedBytes",
                     (json_int_t)judgement->suppressed.bytes, "suppressedBlocks",
                     (json_int_t)judgement->suppressed.blocks, "baselinedBytes",
                     (json_int_t)judgement->baselined.bytes, "baselinedBlocks",
                     (json_int_t)judgement->baselined.count);
}

bool sarif_write(const struct judgement *judgement, FILE *file, struct error *error)
{
    json_t *run = json_pack("{s:{s:o}, s:[o], s:o, s:s, s:o}", "tool", "driver", driver(),
                            "invocations", invocation(judgement), "results", all_results(judgement),
                            "columnKind", "utf16CodeUnits", "properties", amounts(judgement));
    json_t *root =
        json_pack("{s:s, s:s, s:[o]}", "$schema", "https://json.schemastore.org/sarif-2.1.0.json",
                  "version", "2.1.0", "runs", run);

    return output_json(file, root, JSON_INDENT(1), error);
}
