/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ASSETS_H
#define LEAKGRAPH_ASSETS_H

/* The files of report/assets/, each ended by a NUL byte; assets.S puts them into the program. */

extern const char asset_flame_css[];
extern const char asset_flame_js[];
extern const char asset_page_css[];
extern const char asset_page_js[];
extern const char asset_timeline_css[];

#endif
