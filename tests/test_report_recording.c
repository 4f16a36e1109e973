/* SPDX-License-Identifier: MIT */
/* What `record` does to files and folders: sessions rotate, outputs are replaced whole, recordings
 * finished. */
#include <check.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload/recording.h"
#include "report/record/finish_recording.h"
#include "report/base/output.h"
#include "report/record/recordable.h"
#include "report/record/session_folder.h"
#include "tests/suite.h"

static char folder[] = "/tmp/leakgraph-test.XXXXXX";
static struct error error;

static void setup(void)
{
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    error.message[0] = 0;
}

static void teardown(void)
{
    char command[100];

    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void assert_holds(const char *path, const char *text)
{
    char content[256] = "";
    FILE *file = fopen(path, "r");

    ck_assert_ptr_nonnull(file);
    content[fread(content, 1, sizeof(content) - 1, file)] = 0;
    fclose(file);
    ck_assert_str_eq(content, text);
}

static unsigned files_in(const char *path)
{
    DIR *directory = opendir(path);
    unsigned count = 0;

    while (directory && readdir(directory))
        count++;
    if (directory)
        closedir(directory);
    return count;
}

/* Outputs */

START_TEST(an_output_takes_its_name_when_it_is_complete)
{
    struct output output;

    put("report", "old");
    ck_assert(output_open(&output, "report", &error));
    fputs("new", output.file);
    fflush(output.file);
    assert_holds("report", "old");
    ck_assert(output_finish(&output, &error));
    assert_holds("report", "new");
    ck_assert_uint_eq(files_in("."), 3);
}
END_TEST

START_TEST(an_abandoned_output_leaves_the_old_one)
{
    struct output output;

    put("report", "old");
    ck_assert(output_open(&output, "report", &error));
    fputs("half", output.file);
    output_abandon(&output);
    assert_holds("report", "old");
    ck_assert_uint_eq(files_in("."), 3);
}
END_TEST

START_TEST(a_file_keeps_its_mode_and_a_link_stays_a_link)
{
    struct output output;
    struct stat status;

    put("target", "old");
    ck_assert_int_eq(chmod("target", 0640), 0);
    ck_assert_int_eq(symlink("target", "link"), 0);
    ck_assert(output_open(&output, "link", &error));
    fputs("new", output.file);
    ck_assert(output_finish(&output, &error));
    assert_holds("target", "new");
    ck_assert_int_eq(lstat("link", &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    ck_assert_int_eq(stat("target", &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0640);
}
END_TEST

START_TEST(a_full_device_is_an_error)
{
    struct output output;

    ck_assert(output_open(&output, "/dev/full", &error));
    fputs("text", output.file);
    ck_assert(!output_finish(&output, &error));
    ck_assert_str_eq(error.message, "/dev/full: No space left on device");
}
END_TEST

START_TEST(an_output_in_no_folder_is_an_error)
{
    struct output output;

    ck_assert(!output_open(&output, "nowhere/report", &error));
    ck_assert_str_eq(error.message, "nowhere/report: No such file or directory");
}
END_TEST

/* Session folders */

static enum session_folder_state open_close(const char *path, bool join)
{
    struct session_folder session;
    enum session_folder_state state = session_folder_open(&session, path, join, &error);

    session_folder_close(&session);
    return state;
}

START_TEST(a_new_session_has_an_absolute_path)
{
    struct session_folder session;
    char expected[100];

    snprintf(expected, sizeof(expected), "%s/s", folder);
    ck_assert_int_eq(session_folder_open(&session, "s/", false, &error), SESSION_FOLDER_READY);
    ck_assert_str_eq(session.path, expected);
    ck_assert_int_eq(fcntl(session.lock, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    session_folder_close(&session);
}
END_TEST

START_TEST(an_earlier_session_is_kept_as_old)
{
    ck_assert_int_eq(open_close("s", false), SESSION_FOLDER_READY);
    put("s/1.0.lgr", "first");
    ck_assert_int_eq(open_close("s", false), SESSION_FOLDER_READY);
    ck_assert_int_ne(access("s/1.0.lgr", F_OK), 0);
    assert_holds("s.old/1.0.lgr", "first");
    put("s/2.0.lgr", "second");
    ck_assert_int_eq(open_close("s", false), SESSION_FOLDER_READY);
    assert_holds("s.old/2.0.lgr", "second");
    ck_assert_int_ne(access("s.old/1.0.lgr", F_OK), 0);
}
END_TEST

START_TEST(an_empty_session_is_used_again)
{
    ck_assert_int_eq(open_close("s", false), SESSION_FOLDER_READY);
    ck_assert_int_eq(open_close("s", false), SESSION_FOLDER_READY);
    ck_assert_int_ne(access("s.old", F_OK), 0);
}
END_TEST

START_TEST(a_session_in_use_is_joined)
{
    struct session_folder session;

    ck_assert_int_eq(session_folder_open(&session, "s", false, &error), SESSION_FOLDER_READY);
    put("s/1.0.lgr", "first");
    ck_assert_int_eq(open_close("s", false), SESSION_FOLDER_READY);
    assert_holds("s/1.0.lgr", "first");
    session_folder_close(&session);
}
END_TEST

START_TEST(the_session_we_belong_to_is_never_rotated)
{
    ck_assert_int_eq(open_close("s", false), SESSION_FOLDER_READY);
    put("s/1.0.lgr", "first");
    ck_assert_int_eq(open_close("s", true), SESSION_FOLDER_READY);
    assert_holds("s/1.0.lgr", "first");
}
END_TEST

START_TEST(a_foreign_folder_is_refused)
{
    mkdir("home", 0777);
    put("home/letter", "dear");
    ck_assert_int_eq(open_close("home", false), SESSION_FOLDER_REFUSED);
    ck_assert_uint_eq(files_in("home"), 3);
    put("file", "text");
    ck_assert_int_eq(open_close("file", false), SESSION_FOLDER_REFUSED);
    assert_holds("file", "text");
}
END_TEST

START_TEST(a_foreign_file_in_the_old_session_stops_the_rotation)
{
    ck_assert_int_eq(open_close("s", false), SESSION_FOLDER_READY);
    put("s/1.0.lgr", "first");
    mkdir("s.old", 0777);
    put("s.old/letter", "dear");
    ck_assert_int_eq(open_close("s", false), SESSION_FOLDER_REFUSED);
    ck_assert_ptr_nonnull(strstr(error.message, "'letter'"));
    assert_holds("s.old/letter", "dear");
    assert_holds("s/1.0.lgr", "first");
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_unusable)
{
    ck_assert_int_eq(open_close("/proc/no/session", false), SESSION_FOLDER_UNUSABLE);
    ck_assert_int_eq(open_close("missing/session", false), SESSION_FOLDER_UNUSABLE);
}
END_TEST

/* One of several that start at once: records until all the others have started. */
static void record_with_others(int arrived)
{
    struct session_folder session;
    char name[64];

    if (session_folder_open(&session, "s", false, &error) != SESSION_FOLDER_READY)
        _exit(1);
    snprintf(name, sizeof(name), "%s/%d.0.lgr", session.path, (int)getpid());
    put(name, "recording");
    if (write(arrived, "x", 1) != 1)
        _exit(1);
    pause();
}

START_TEST(eight_that_start_at_once_share_one_new_session)
{
    enum { STARTED = 8 };
    pid_t children[STARTED];
    int arrived[2];
    char byte;

    ck_assert_int_eq(open_close("s", false), SESSION_FOLDER_READY);
    put("s/1.0.lgr", "first");
    ck_assert_int_eq(pipe(arrived), 0);
    for (int i = 0; i < STARTED; i++)
        if ((children[i] = fork()) == 0)
            record_with_others(arrived[1]);
    close(arrived[1]);
    for (int i = 0; i < STARTED; i++)
        ck_assert_int_eq(read(arrived[0], &byte, 1), 1);
    ck_assert_uint_eq(files_in("s"), STARTED + 3);
    ck_assert_uint_eq(files_in("s.old"), 4);
    for (int i = 0; i < STARTED; i++) {
        kill(children[i], SIGKILL);
        waitpid(children[i], NULL, 0);
    }
    close(arrived[0]);
}
END_TEST

/* Finishing */

static struct recording_header header_of(pid_t pid)
{
    return (struct recording_header){.magic = RECORDING_MAGIC,
                                     .byte_order = RECORDING_BYTE_ORDER,
                                     .version = RECORDING_VERSION,
                                     .header_bytes = sizeof(struct recording_header),
                                     .page_bytes = RECORDING_PAGE_BYTES,
                                     .used_bytes = 3 * RECORDING_PAGE_BYTES - 100,
                                     .pid = pid};
}

static void put_recording(const char *path, const struct recording_header *header)
{
    int file = open(path, O_RDWR | O_CREAT, 0666);

    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(ftruncate(file, 1 << 30), 0);
    ck_assert_int_eq(pwrite(file, header, sizeof(*header), 0), sizeof(*header));
    close(file);
}

static struct recording_header get_recording(const char *path, off_t *size)
{
    struct recording_header header;
    struct stat status;
    int file = open(path, O_RDONLY);

    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(pread(file, &header, sizeof(header), 0), sizeof(header));
    fstat(file, &status);
    *size = status.st_size;
    close(file);
    return header;
}

/* A pid that no process has. */
static pid_t dead_pid(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    return pid;
}

START_TEST(a_killed_program_is_marked_and_its_file_cut)
{
    pid_t pid = dead_pid();
    struct recording_header header = header_of(pid);
    struct finished finished;
    off_t size;

    put_recording("1.0.lgr", &header);
    finish_recordings(".", pid, SIGKILL, &finished);
    header = get_recording("1.0.lgr", &size);
    ck_assert_uint_eq(header.ended, RECORDING_KILLED);
    ck_assert_int_eq(header.status, SIGKILL);
    ck_assert_uint_eq(header.unchecked, RECORDING_NO_SNAPSHOT);
    ck_assert_uint_ne(header.ended_ns, 0);
    ck_assert_int_eq(size, 3 * RECORDING_PAGE_BYTES);
    ck_assert(finished.has_program && !finished.unseen);
    ck_assert_uint_eq(finished.processes, 1);
}
END_TEST

START_TEST(what_a_program_said_of_its_end_stays)
{
    pid_t pid = dead_pid();
    struct recording_header header = header_of(pid);
    struct finished finished;
    off_t size;

    header.ended = RECORDING_EXIT;
    header.status = 3;
    header.ended_ns = 77;
    put_recording("1.0.lgr", &header);
    finish_recordings(".", pid, 3 << 8, &finished);
    header = get_recording("1.0.lgr", &size);
    ck_assert_uint_eq(header.ended, RECORDING_EXIT);
    ck_assert_uint_eq(header.ended_ns, 77);
    ck_assert_uint_eq(header.unchecked, RECORDING_CHECKED);
    ck_assert_int_eq(size, 3 * RECORDING_PAGE_BYTES);
}
END_TEST

START_TEST(an_exit_that_passed_our_hooks_is_an_exit)
{
    pid_t pid = dead_pid();
    struct recording_header header = header_of(pid);
    struct finished finished;
    off_t size;

    put_recording("1.0.lgr", &header);
    finish_recordings(".", pid, 5 << 8, &finished);
    header = get_recording("1.0.lgr", &size);
    ck_assert_uint_eq(header.ended, RECORDING_EXIT);
    ck_assert_int_eq(header.status, 5);
    ck_assert_uint_eq(header.unchecked, RECORDING_NO_SNAPSHOT);
}
END_TEST

START_TEST(the_recording_of_a_living_process_is_left_alone)
{
    struct recording_header header = header_of(getpid());
    struct finished finished;
    void *mapped;
    off_t size;
    int file;

    put_recording("1.0.lgr", &header);
    file = open("1.0.lgr", O_RDWR);
    mapped = mmap(NULL, RECORDING_PAGE_BYTES, PROT_READ, MAP_SHARED, file, 0);
    ck_assert_ptr_ne(mapped, MAP_FAILED);
    finish_recordings(".", 0, 0, &finished);
    header = get_recording("1.0.lgr", &size);
    ck_assert_uint_eq(header.ended, RECORDING_RUNNING);
    ck_assert_int_eq(size, 1 << 30);
    munmap(mapped, RECORDING_PAGE_BYTES);
    finish_recordings(".", 0, 0, &finished); /* the same pid, but it is somebody else's by now */
    header = get_recording("1.0.lgr", &size);
    ck_assert_uint_eq(header.ended, RECORDING_KILLED);
    ck_assert_int_eq(size, 3 * RECORDING_PAGE_BYTES);
    close(file);
}
END_TEST

START_TEST(what_is_no_recording_is_left_alone)
{
    struct finished finished;

    put("letter.lgr", "dear");
    put("1.0.lgr", "");
    finish_recordings(".", 1, 0, &finished);
    assert_holds("letter.lgr", "dear");
    ck_assert_uint_eq(finished.processes, 0);
    ck_assert(!finished.has_program);
}
END_TEST

START_TEST(an_own_allocator_is_noticed)
{
    pid_t pid = dead_pid();
    struct recording_header header = header_of(pid);
    struct finished finished;

    header.unseen = RECORDING_UNSEEN_OWN_MALLOC;
    put_recording("1.0.lgr", &header);
    finish_recordings(".", pid, 0, &finished);
    ck_assert(finished.unseen);
}
END_TEST

/* What can be recorded */

/* A copy of this test program with something changed in its headers. */
static void put_program(const char *path, void (*change)(unsigned char *bytes))
{
    static unsigned char bytes[4096];
    int from = open("/proc/self/exe", O_RDONLY), to = open(path, O_WRONLY | O_CREAT, 0755);

    ck_assert_int_eq(read(from, bytes, sizeof(bytes)), sizeof(bytes));
    if (change)
        change(bytes);
    ck_assert_int_eq(write(to, bytes, sizeof(bytes)), sizeof(bytes));
    close(from);
    close(to);
}

static void forget_loader(unsigned char *bytes)
{
    ElfW(Ehdr) *elf = (void *)bytes;
    ElfW(Phdr) *segments = (void *)(bytes + elf->e_phoff);

    for (unsigned i = 0; i < elf->e_phnum; i++)
        if (segments[i].p_type == PT_INTERP)
            segments[i].p_type = PT_NULL;
}

static void take_other_loader(unsigned char *bytes)
{
    static const char loader[] = "/lib/ld-musl-x86_64.so.1";
    ElfW(Ehdr) *elf = (void *)bytes;
    ElfW(Phdr) *segments = (void *)(bytes + elf->e_phoff);

    for (unsigned i = 0; i < elf->e_phnum; i++)
        if (segments[i].p_type == PT_INTERP)
            memcpy(bytes + segments[i].p_offset, loader, sizeof(loader));
}

static void change_class(unsigned char *bytes)
{
    bytes[EI_CLASS] = ELFCLASS32;
}

START_TEST(a_program_like_us_can_be_recorded)
{
    put_program("plain", NULL);
    ck_assert_ptr_null(recordable_why_not("./plain"));
    ck_assert_ptr_null(recordable_why_not("sh"));
    ck_assert_ptr_null(recordable_why_not("no-such-command"));
}
END_TEST

START_TEST(a_static_program_cannot_be_recorded)
{
    put_program("static", forget_loader);
    ck_assert_str_eq(recordable_why_not("./static"), "it is statically linked");
    put("script", "#! ./static -x\n");
    ck_assert_str_eq(recordable_why_not("./script"), "it is statically linked");
}
END_TEST

START_TEST(a_program_for_another_machine_cannot_be_recorded)
{
    put_program("other", change_class);
    ck_assert_str_eq(recordable_why_not("./other"),
                     "it is built for another kind of machine than leakgraph");
}
END_TEST

START_TEST(a_program_of_another_c_library_runs_without_the_preload)
{
    put_program("other", take_other_loader);
    ck_assert_str_eq(recordable_why_not("./other"), "its C library is not glibc");
    ck_assert(!recordable_bears_preload(recordable_why_not("./other")));
    put_program("static", forget_loader);
    ck_assert(recordable_bears_preload(recordable_why_not("./static")));
    ck_assert(recordable_bears_preload(recordable_why_not("sh")));
}
END_TEST

START_TEST(a_setuid_program_cannot_be_recorded)
{
    put_program("plain", NULL);
    if (chown("plain", getuid() + 1, getgid()) != 0)
        return; /* only root may give files away */
    ck_assert_int_eq(chmod("plain", 04755), 0);
    ck_assert_str_eq(recordable_why_not("./plain"), "it is setuid");
}
END_TEST

START_TEST(a_script_that_interprets_itself_ends_the_search)
{
    put("loop", "#!./loop\n");
    ck_assert_ptr_null(recordable_why_not("./loop"));
}
END_TEST

static TCase *case_of(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);

    tcase_add_checked_fixture(tests, setup, teardown);
    suite_add_tcase(suite, tests);
    return tests;
}

static void add_output_tests(TCase *tests)
{
    tcase_add_test(tests, an_output_takes_its_name_when_it_is_complete);
    tcase_add_test(tests, an_abandoned_output_leaves_the_old_one);
    tcase_add_test(tests, a_file_keeps_its_mode_and_a_link_stays_a_link);
    tcase_add_test(tests, a_full_device_is_an_error);
    tcase_add_test(tests, an_output_in_no_folder_is_an_error);
}

static void add_folder_tests(TCase *tests)
{
    tcase_add_test(tests, a_new_session_has_an_absolute_path);
    tcase_add_test(tests, an_earlier_session_is_kept_as_old);
    tcase_add_test(tests, an_empty_session_is_used_again);
    tcase_add_test(tests, a_session_in_use_is_joined);
    tcase_add_test(tests, the_session_we_belong_to_is_never_rotated);
    tcase_add_test(tests, a_foreign_folder_is_refused);
    tcase_add_test(tests, a_foreign_file_in_the_old_session_stops_the_rotation);
    tcase_add_test(tests, a_folder_that_cannot_be_made_is_unusable);
    tcase_add_loop_test(tests, eight_that_start_at_once_share_one_new_session, 0, 10);
}

static void add_finish_tests(TCase *tests)
{
    tcase_add_test(tests, a_killed_program_is_marked_and_its_file_cut);
    tcase_add_test(tests, what_a_program_said_of_its_end_stays);
    tcase_add_test(tests, an_exit_that_passed_our_hooks_is_an_exit);
    tcase_add_test(tests, the_recording_of_a_living_process_is_left_alone);
    tcase_add_test(tests, what_is_no_recording_is_left_alone);
    tcase_add_test(tests, an_own_allocator_is_noticed);
}

static void add_recordable_tests(TCase *tests)
{
    tcase_add_test(tests, a_program_like_us_can_be_recorded);
    tcase_add_test(tests, a_static_program_cannot_be_recorded);
    tcase_add_test(tests, a_program_for_another_machine_cannot_be_recorded);
    tcase_add_test(tests, a_setuid_program_cannot_be_recorded);
    tcase_add_test(tests, a_program_of_another_c_library_runs_without_the_preload);
    tcase_add_test(tests, a_script_that_interprets_itself_ends_the_search);
}

int main(void)
{
    Suite *suite = suite_create("recording");

    add_output_tests(case_of(suite, "output"));
    add_folder_tests(case_of(suite, "session folder"));
    add_finish_tests(case_of(suite, "finish"));
    add_recordable_tests(case_of(suite, "recordable"));
    return suite_run(suite);
}
