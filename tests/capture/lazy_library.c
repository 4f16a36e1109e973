/* SPDX-License-Identifier: MIT */
/*
 * Built twice. The caller's first call of `provided` is bound by ld.so, which allocates while it notes that
 * the caller now depends on a library it was not linked with: a capture below _dl_runtime_resolve.
 */
#ifdef PROVIDER
int provided(int value);
int provided(int value)
{
    return value + 1;
}
#else
int provided(int value);
int call_provided(int value);
int call_provided(int value)
{
    return provided(value) + provided(value + 1);
}
#endif
