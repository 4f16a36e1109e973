/* SPDX-License-Identifier: MIT */
#include "report/base/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct formatted format_size(uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    struct formatted formatted;
    double size = (double)bytes / 1024;
    unsigned unit = 0;

    if (bytes < 1024) {
        snprintf(formatted.text, sizeof(formatted.text), "%" PRIu64 " B", bytes);
        return formatted;
    }
    for (; size >= 1023.95 && unit < 5; unit++) /* 1023.95 would be printed as 1024.0 */
        size /= 1024;
    snprintf(formatted.text, sizeof(formatted.text), "%.1f %s", size, units[unit]);
    return formatted;
}

struct formatted format_count(uint64_t count)
{
    struct formatted formatted;
    char digits[32];
    size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count), used = 0;

    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            formatted.text[used++] = ',';
        formatted.text[used++] = digits[i];
    }
    formatted.text[used] = 0;
    return formatted;
}

static struct formatted with_sign(int64_t delta, struct formatted (*format)(uint64_t number))
{
    struct formatted number = format(delta < 0 ? 0 - (uint64_t)delta : (uint64_t)delta), formatted;
    const char *sign = delta > 0 ? "+" : delta < 0 ? "-" : "";

    snprintf(formatted.text, sizeof(formatted.text), "%s%.40s", sign, number.text);
    return formatted;
}

struct formatted format_count_change(int64_t delta)
{
    return with_sign(delta, format_count);
}

struct formatted format_size_change(int64_t delta)
{
    return with_sign(delta, format_size);
}

struct formatted format_plural(uint64_t count, const char *noun)
{
    struct formatted number = format_count(count), formatted;
    size_t length = strlen(noun);
    const char *ending = count == 1 ? "" : length && noun[length - 1] == 's' ? "es" : "s";

    snprintf(formatted.text, sizeof(formatted.text), "%.30s %.28s%s", number.text, noun, ending);
    return formatted;
}

struct formatted format_percent(uint64_t part, uint64_t whole)
{
    struct formatted formatted = {""};
    double percent = whole ? 100.0 * (double)part / (double)whole : 0;

    if (whole && part && percent < 1)
        strcpy(formatted.text, "<1%");
    else if (whole)
        snprintf(formatted.text, sizeof(formatted.text), "%.0f%%", percent);
    return formatted;
}

struct formatted format_duration(uint64_t time_ns)
{
    struct formatted formatted;
    uint64_t seconds = time_ns / 1000000000u;

    if (seconds < 1)
        snprintf(formatted.text, sizeof(formatted.text), "%" PRIu64 " ms", time_ns / 1000000u);
    else if (seconds < 120)
        snprintf(formatted.text, sizeof(formatted.text), "%.1f s", (double)time_ns / 1e9);
    else if (seconds < 7200)
        snprintf(formatted.text, sizeof(formatted.text), "%" PRIu64 " min %" PRIu64 " s",
                 seconds / 60, seconds % 60);
    else
        snprintf(formatted.text, sizeof(formatted.text), "%" PRIu64 " h %" PRIu64 " min",
                 seconds / 3600, seconds / 60 % 60);
    return formatted;
}

struct formatted format_short_time(uint64_t time_ns)
{
    struct formatted formatted;

    if (time_ns >= 10000000u)
        return format_duration(time_ns);
    if (time_ns >= 1000000u)
        snprintf(formatted.text, sizeof(formatted.text), "%.1f ms", (double)time_ns / 1e6);
    else
        snprintf(formatted.text, sizeof(formatted.text), "%.0f us", (double)time_ns / 1e3);
    return formatted;
}

struct formatted format_moment(uint64_t realtime_ns)
{
    time_t seconds = (time_t)(realtime_ns / 1000000000u);
    struct formatted formatted = {""};
    struct tm local;

    if (localtime_r(&seconds, &local))
        strftime(formatted.text, sizeof(formatted.text), "%Y-%m-%d %H:%M:%S %z", &local);
    return formatted;
}
