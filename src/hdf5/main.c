/* leuko-read-hdf5: reads one Keras file from standard input and writes its tensors to standard
 * output (formats/keras/wire.h). Only libleuko starts it.
 *
 * A hostile file can crash libhdf5 or run code in it, so libhdf5 runs in this process alone. The
 * process has no secrets and limited memory and time. Apart from its standard output it cannot
 * open, write or start anything, nor connect to anything. */
#include "hdf5/answer.h"
#include "hdf5/keras.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void limit(enum __rlimit_resource resource, rlim_t most)
{
    struct rlimit r = {most, resource == RLIMIT_CPU
                                 ? most + 5
                                 : most}; /* SIGXCPU first: unlike SIGKILL it names the reason */
    setrlimit(resource, &r);
}

static void set_limits(uint64_t file_bytes)
{
    /* libraries, the mapping, the values of one data set as float32 */
    uint64_t memory = (UINT64_C(192) << 20) + file_bytes + 4 * leuko_keras_max_values(file_bytes);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_AS, memory);
    limit(RLIMIT_CPU, LEUKO_KERAS_CPU_S);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, 0);
    limit(RLIMIT_NPROC, 0);
}

#if defined(__x86_64__)
#define THIS_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#endif

/* From now on, every system call that is not on the list fails with EPERM. The list has memory,
 * writing and exit. On a kernel without seccomp only the limits above apply. */
static void restrict_system_calls(void)
{
#ifdef THIS_MACHINE
#define ALLOW(call)                                                                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##call, 0, 1),                                        \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
    static struct sock_filter list[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(write),
        ALLOW(mmap),
        ALLOW(munmap),
        ALLOW(mremap),
        ALLOW(mprotect),
        ALLOW(brk),
        ALLOW(madvise),
        ALLOW(exit_group),
        ALLOW(exit),
        ALLOW(rt_sigreturn),
        ALLOW(futex),
        ALLOW(clock_gettime),
        ALLOW(getrandom),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    const struct sock_fprog program = {sizeof list / sizeof *list, list};
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
#endif
}

int main(void)
{
    struct stat st;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    signal(SIGINT, SIG_IGN); /* the parent handles Ctrl-C and ends this process */
    if (fstat(STDIN_FILENO, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
        return 2;
    uint64_t n_bytes = (uint64_t)st.st_size;
    keras_prepare();
    set_limits(n_bytes);
    void *file = mmap(NULL, n_bytes, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
    answer_begin();
    if (file == MAP_FAILED)
        answer_refusal(LEUKO_KERAS_NO_MEMORY, "cannot map the file: %s", strerror(errno));
    restrict_system_calls();
    keras_answer(file, n_bytes);
    return 0;
}
