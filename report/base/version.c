/* SPDX-License-Identifier: MIT */
#include "report/base/version.h"

const char version_name[] = "leakgraph " LEAKGRAPH_VERSION;
const char version_number[] = LEAKGRAPH_VERSION;
const char version_date[] = LEAKGRAPH_DATE;
