/* SPDX-License-Identifier: MIT */
/* Runs the script in its first argument. Not position independent, so the linker gives it str itself, not a pointer
   to libpython's (a copy relocation). */
void Py_Initialize(void);
int PyRun_SimpleString(const char *);
void Py_Finalize(void);
extern long PyUnicode_Type[];

int main(int count, char **arguments)
{
    (void)count;
    Py_Initialize();
    int failed = PyUnicode_Type[0] == 0 || PyRun_SimpleString(arguments[1]) != 0;
    Py_Finalize();
    return failed;
}
