/* SPDX-License-Identifier: MIT */
/* What libc keeps for life (locale, names, conversions, open files) is no leak of the program. */
#include <grp.h>
#include <iconv.h>
#include <locale.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "program.h"

NOINLINE static void convert(void)
{
    char input[] = "gr\xfc\xdf", output[64], *from = input, *to = output;
    size_t from_bytes = strlen(input), to_bytes = sizeof output;
    iconv_t conversion = iconv_open("UTF-8", "ISO-8859-1");
    if (conversion != (iconv_t)-1) {
        iconv(conversion, &from, &from_bytes, &to, &to_bytes);
        iconv_close(conversion);
    }
}

NOINLINE static void look_up(void)
{
    struct addrinfo *addresses = NULL;
    if (getaddrinfo("localhost", "80", NULL, &addresses) == 0)
        freeaddrinfo(addresses);
    if (getpwnam("root") && getgrgid(0))
        puts("root is known");
}

NOINLINE static void leave_files_open(void)
{
    FILE *file = fopen("/dev/null", "w");
    if (file)
        fprintf(file, "%100d", 1);
    fopen("/dev/null", "r");
}

int main(void)
{
    time_t now = 0;
    setlocale(LC_ALL, "C.UTF-8");
    setenv("LEAKGRAPH_TEST_NAME", "value", 1);
    convert();
    look_up();
    leave_files_open();
    printf("%s", ctime(&now));
    SCRUB();
    return 0;
}
