/* SPDX-License-Identifier: MIT */
#include "report/base/style.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_WITHOUT_TERMINAL = 100, WIDTH_MIN = 50, WIDTH_MAX = 200 };

static unsigned width_of(FILE *file)
{
    const char *columns = getenv("COLUMNS");
    long width = columns ? strtol(columns, NULL, 10) : 0;
    struct winsize size;

    if (width <= 0 && ioctl(fileno(file), TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    if (width <= 0)
        width = WIDTH_WITHOUT_TERMINAL;
    return (unsigned)(width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width);
}

/* Asks only for the locale's character set: numbers keep the C format. */
static bool has_utf8(void)
{
    bool utf8;

    setlocale(LC_CTYPE, "");
    utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    setlocale(LC_CTYPE, "C");
    return utf8;
}

struct style style_of(FILE *file)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return (struct style){
        .colour = isatty(fileno(file)) && !(no_color && *no_color) &&
                  !(terminal && strcmp(terminal, "dumb") == 0),
        .utf8 = has_utf8(),
        .width = width_of(file),
    };
}

const char *style_on(const struct style *style, enum style_kind kind)
{
    static const char *const sequences[] = {
        [STYLE_GOOD] = "\033[1;32m", [STYLE_BAD] = "\033[1;31m",  [STYLE_DOUBT] = "\033[1;33m",
        [STYLE_HEADING] = "\033[1m", [STYLE_STRONG] = "\033[36m", [STYLE_FAINT] = "\033[2m",
    };

    return style->colour ? sequences[kind] : "";
}

const char *style_off(const struct style *style)
{
    return style->colour ? "\033[0m" : "";
}
