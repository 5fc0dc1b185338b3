/* Loaded into the program with LD_PRELOAD: call number $STOP_AT (from 0) of rename(), renameat2()
 * or linkat() fails with EIO, or with $STOP_HOW "kill" ends the process as SIGKILL does, before or
 * (with "kill-after") after the call. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int n_calls;

static int stops(int after)
{
    const char *at = getenv("STOP_AT"), *how = getenv("STOP_HOW");
    if (!at || !how || atoi(at) != n_calls - 1)
        return 0;
    if (strcmp(how, after ? "kill-after" : "kill") == 0)
        kill(getpid(), SIGKILL);
    errno = EIO;
    return !after && strcmp(how, "fail") == 0;
}

#define WRAP(name, parameters, arguments)                                                          \
    int name parameters                                                                            \
    {                                                                                              \
        int(*real) parameters;                                                                     \
        *(void **)&real = dlsym(RTLD_NEXT, #name);                                                 \
        n_calls++;                                                                                 \
        if (stops(0))                                                                              \
            return -1;                                                                             \
        int result = real arguments;                                                               \
        stops(1);                                                                                  \
        return result;                                                                             \
    }

WRAP(rename, (const char *from, const char *to), (from, to))
WRAP(renameat2, (int d, const char *from, int e, const char *to, unsigned how),
     (d, from, e, to, how))
WRAP(linkat, (int d, const char *from, int e, const char *to, int how), (d, from, e, to, how))
