/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MARKDOWN_H
#define LEAKGRAPH_MARKDOWN_H

/* A judgement as Markdown, for a comment on a pull request or a job summary. */

#include <stdio.h>

#include "report/gate/judgement.h"

void markdown_write(const struct judgement *judgement, FILE *file);

#endif
