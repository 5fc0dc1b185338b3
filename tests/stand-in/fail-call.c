/* Loaded into the program with LD_PRELOAD: one call fails, and all others work.
 *
 * FAIL_KIND    which calls count:
 *   open       open(), openat(), fopen(), opendir(), of a file to read or write
 *   read       read(), pread(), fread()
 *   write      write(), pwrite()
 *   sync       fsync(), fdatasync(), syncfs()
 *   rename     rename(), renameat2(), link(), linkat()
 *   unlink     unlink(), rmdir(), remove()
 *   mkdir      mkdir()
 *   map        mmap() of a file
 *   truncate   ftruncate()
 *   close      close(); the file is closed all the same
 *   stat       stat(), lstat(), fstat(), fstatat(), statx(), access()
 *   list       readdir()
 *   memory     malloc(), calloc(), realloc() and aligned allocations of FAIL_MIN_BYTES or more
 *   file       all of these but memory
 * FAIL_AT      number of the call that fails, from 0
 * FAIL_HOW     an errno; "short": read() and write() do half of the work; "kill" or "kill-after":
 *              end the process as SIGKILL does, before or after the call
 * FAIL_FOLDER  files count if they lie below this absolute path, or are named by a relative path
 * FAIL_LOG     at the exit, one line "KIND NUMBER" is written there for each kind; at the failing
 *              call, one line "failed FUNCTION PATH" */
#undef _FILE_OFFSET_BITS /* else open() is a name of open64() */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OPEN,
    READ,
    WRITE,
    SYNC,
    RENAME,
    UNLINK,
    MKDIR,
    MAP,
    TRUNCATE,
    CLOSE,
    STAT,
    LIST,
    FILES, /* the calls of all kinds above */
    MEMORY,
    N_KINDS,
    MAX_FILES = 4096
};
static const char *const kinds[N_KINDS] = {"open",   "read",  "write", "sync",     "rename",
                                           "unlink", "mkdir", "map",   "truncate", "close",
                                           "stat",   "list",  "file",  "memory"};
enum { NONE, FAIL, HALF };

static atomic_long n_calls[N_KINDS];
static _Atomic char ours[MAX_FILES]; /* the descriptor is of a file that counts */
static int kind = -1, error_number, kills, kills_after, halves;
static long at;
static size_t min_bytes, n_folder;
static const char *folder, *log_path;

__attribute__((constructor)) static void set_up(void)
{
    const char *wanted = getenv("FAIL_KIND"), *number = getenv("FAIL_AT"),
               *how = getenv("FAIL_HOW"), *bytes = getenv("FAIL_MIN_BYTES");
    for (int i = 0; i < N_KINDS; i++)
        if (wanted && strcmp(wanted, kinds[i]) == 0)
            kind = i;
    at = number ? atol(number) : -1;
    min_bytes = bytes ? strtoul(bytes, NULL, 10) : 65536;
    folder = getenv("FAIL_FOLDER");
    n_folder = folder ? strlen(folder) : 0;
    log_path = getenv("FAIL_LOG");
    kills = how && strcmp(how, "kill") == 0;
    kills_after = how && strcmp(how, "kill-after") == 0;
    halves = how && strcmp(how, "short") == 0;
    error_number = how ? atoi(how) : 0;
}

static void log_line(const char *a, const char *b, const char *c)
{
    char line[4400];
    int n = snprintf(line, sizeof line, "%s %s %s\n", a, b, c ? c : "");
    int fd = log_path ? open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    if (fd >= 0 && write(fd, line, (size_t)n) != n)
        abort();
    if (fd >= 0)
        close(fd);
}

__attribute__((destructor)) static void tell(void)
{
    for (int i = 0; log_path && i < N_KINDS; i++) {
        char text[32];
        snprintf(text, sizeof text, "%ld", (long)n_calls[i]);
        log_line(kinds[i], text, NULL);
    }
}

/* Count a call of a kind; what is to become of it. path: NULL if it is of the file `fd`, if any. */
static int count(int of, const char *function, const char *path, int fd)
{
    char link[64], name[4096] = "";
    long n = atomic_fetch_add(&n_calls[of], 1);
    long n_files = of < FILES ? atomic_fetch_add(&n_calls[FILES], 1) : -2;
    if ((kind != of || n != at) && (kind != FILES || n_files != at))
        return NONE;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (!path && fd >= 0 && readlink(link, name, sizeof name - 1) < 0)
        name[0] = '\0';
    if (of != MEMORY)
        log_line("failed", function, path ? path : name);
    if (kills)
        kill(getpid(), SIGKILL);
    errno = error_number;
    return kills_after ? NONE : halves ? HALF : FAIL;
}

static void end(int of)
{
    if (kills_after && (kind == of || kind == FILES) && n_calls[kind] == at + 1)
        kill(getpid(), SIGKILL);
}

static int counts(const char *path)
{
    return path && folder && (path[0] != '/' || strncmp(path, folder, n_folder) == 0) &&
           !(log_path && strcmp(path, log_path) == 0);
}

static int is_ours(int fd) { return fd >= 0 && fd < MAX_FILES && ours[fd]; }

static int remember(int fd, int counted)
{
    if (fd >= 0 && fd < MAX_FILES)
        ours[fd] = (char)counted;
    return fd;
}

#define REAL(name) (real ? real : (*(void **)&real = dlsym(RTLD_NEXT, #name), real))

/* --- by name ---------------------------------------------------------------------------------- */

#define WRAP_PATH(of, name, parameters, arguments, path)                                           \
    int name parameters                                                                            \
    {                                                                                              \
        static int(*real) parameters;                                                              \
        int counted = counts(path);                                                                \
        if (counted && count(of, #name, path, -1) == FAIL)                                         \
            return -1;                                                                             \
        int result = REAL(name) arguments;                                                         \
        if (counted)                                                                               \
            end(of);                                                                               \
        return result;                                                                             \
    }

WRAP_PATH(RENAME, rename, (const char *from, const char *to), (from, to), to)
WRAP_PATH(RENAME, renameat2, (int d, const char *from, int e, const char *to, unsigned how),
          (d, from, e, to, how), to)
WRAP_PATH(RENAME, link, (const char *from, const char *to), (from, to), to)
WRAP_PATH(RENAME, linkat, (int d, const char *from, int e, const char *to, int how),
          (d, from, e, to, how), to)
WRAP_PATH(UNLINK, unlink, (const char *path), (path), path)
WRAP_PATH(UNLINK, rmdir, (const char *path), (path), path)
WRAP_PATH(UNLINK, remove, (const char *path), (path), path)
WRAP_PATH(MKDIR, mkdir, (const char *path, mode_t mode), (path, mode), path)
WRAP_PATH(STAT, stat, (const char *path, struct stat *st), (path, st), path)
WRAP_PATH(STAT, lstat, (const char *path, struct stat *st), (path, st), path)
WRAP_PATH(STAT, stat64, (const char *path, struct stat64 *st), (path, st), path)
WRAP_PATH(STAT, lstat64, (const char *path, struct stat64 *st), (path, st), path)
WRAP_PATH(STAT, fstatat, (int d, const char *path, struct stat *st, int how), (d, path, st, how),
          path)
WRAP_PATH(STAT, fstatat64, (int d, const char *path, struct stat64 *st, int how),
          (d, path, st, how), path)
WRAP_PATH(STAT, statx, (int d, const char *path, int how, unsigned mask, struct statx *st),
          (d, path, how, mask, st), path)
WRAP_PATH(STAT, access, (const char *path, int mode), (path, mode), path)

#define WRAP_OPEN(name, parameters, how, path, ...)                                                \
    int name parameters                                                                            \
    {                                                                                              \
        static int(*real) parameters;                                                              \
        mode_t mode = 0;                                                                           \
        if (how & (O_CREAT | O_TMPFILE)) {                                                         \
            va_list list;                                                                          \
            va_start(list, how);                                                                   \
            mode = va_arg(list, mode_t);                                                           \
            va_end(list);                                                                          \
        }                                                                                          \
        int counted = counts(path);                                                                \
        if (counted && count(OPEN, #name, path, -1) == FAIL)                                       \
            return -1;                                                                             \
        int fd = remember(REAL(name)(__VA_ARGS__, mode), counted);                                 \
        if (counted)                                                                               \
            end(OPEN);                                                                             \
        return fd;                                                                                 \
    }

WRAP_OPEN(open, (const char *path, int how, ...), how, path, path, how)
WRAP_OPEN(open64, (const char *path, int how, ...), how, path, path, how)
WRAP_OPEN(openat, (int d, const char *path, int how, ...), how, path, d, path, how)
WRAP_OPEN(openat64, (int d, const char *path, int how, ...), how, path, d, path, how)

#define WRAP_STREAM(name, type, parameters, arguments, descriptor)                                 \
    type *name parameters                                                                          \
    {                                                                                              \
        static type *(*real)parameters;                                                            \
        int counted = counts(path);                                                                \
        if (counted && count(OPEN, #name, path, -1) == FAIL)                                       \
            return NULL;                                                                           \
        type *stream = REAL(name) arguments;                                                       \
        if (stream)                                                                                \
            remember(descriptor(stream), counted);                                                 \
        return stream;                                                                             \
    }

WRAP_STREAM(fopen, FILE, (const char *path, const char *how), (path, how), fileno)
WRAP_STREAM(fopen64, FILE, (const char *path, const char *how), (path, how), fileno)
WRAP_STREAM(opendir, DIR, (const char *path), (path), dirfd)

/* --- by descriptor ---------------------------------------------------------------------------- */

#define WRAP_FD(of, type, name, parameters, arguments, fd)                                         \
    type name parameters                                                                           \
    {                                                                                              \
        static type(*real) parameters;                                                             \
        int counted = is_ours(fd);                                                                 \
        if (counted && count(of, #name, NULL, fd) == FAIL)                                         \
            return -1;                                                                             \
        type result = REAL(name) arguments;                                                        \
        if (counted)                                                                               \
            end(of);                                                                               \
        return result;                                                                             \
    }

WRAP_FD(SYNC, int, fsync, (int fd), (fd), fd)
WRAP_FD(SYNC, int, fdatasync, (int fd), (fd), fd)
WRAP_FD(SYNC, int, syncfs, (int fd), (fd), fd)
WRAP_FD(TRUNCATE, int, ftruncate, (int fd, off_t n), (fd, n), fd)
WRAP_FD(TRUNCATE, int, ftruncate64, (int fd, off64_t n), (fd, n), fd)
WRAP_FD(STAT, int, fstat, (int fd, struct stat *st), (fd, st), fd)
WRAP_FD(STAT, int, fstat64, (int fd, struct stat64 *st), (fd, st), fd)

#define WRAP_BYTES(of, name, parameters, fd, ...)                                                  \
    ssize_t name parameters                                                                        \
    {                                                                                              \
        static ssize_t(*real) parameters;                                                          \
        int counted = is_ours(fd), what = counted ? count(of, #name, NULL, fd) : NONE;             \
        if (what == FAIL)                                                                          \
            return -1;                                                                             \
        if (what == HALF)                                                                          \
            n = n > 1 ? n / 2 : n;                                                                 \
        ssize_t result = REAL(name)(__VA_ARGS__);                                                  \
        if (counted)                                                                               \
            end(of);                                                                               \
        return result;                                                                             \
    }

WRAP_BYTES(READ, read, (int fd, void *p, size_t n), fd, fd, p, n)
WRAP_BYTES(READ, pread, (int fd, void *p, size_t n, off_t from), fd, fd, p, n, from)
WRAP_BYTES(READ, pread64, (int fd, void *p, size_t n, off64_t from), fd, fd, p, n, from)
WRAP_BYTES(WRITE, write, (int fd, const void *p, size_t n), fd, fd, p, n)
WRAP_BYTES(WRITE, pwrite, (int fd, const void *p, size_t n, off_t to), fd, fd, p, n, to)
WRAP_BYTES(WRITE, pwrite64, (int fd, const void *p, size_t n, off64_t to), fd, fd, p, n, to)

size_t fread(void *p, size_t size, size_t n, FILE *stream)
{
    static size_t (*real)(void *, size_t, size_t, FILE *);
    if (is_ours(fileno(stream)) && count(READ, "fread", NULL, fileno(stream)) == FAIL) {
        stream->_flags |= 0x20; /* glibc's mark of an error */
        return 0;
    }
    return REAL(fread)(p, size, n, stream);
}

int close(int fd)
{
    static int (*real)(int);
    int counted = is_ours(fd);
    remember(fd, 0);
    int what = counted ? count(CLOSE, "close", NULL, fd) : NONE, e = errno;
    int result = REAL(close)(fd);
    if (what == FAIL) {
        errno = e;
        return -1;
    }
    if (counted)
        end(CLOSE);
    return result;
}

#define WRAP_LIST(name, type)                                                                      \
    struct type *name(DIR *dir)                                                                    \
    {                                                                                              \
        static struct type *(*real)(DIR *);                                                        \
        if (is_ours(dirfd(dir)) && count(LIST, #name, NULL, dirfd(dir)) == FAIL)                   \
            return NULL;                                                                           \
        return REAL(name)(dir);                                                                    \
    }

WRAP_LIST(readdir, dirent)
WRAP_LIST(readdir64, dirent64)

#define WRAP_MAP(name)                                                                             \
    void *name(void *to, size_t n, int protection, int how, int fd, off_t from)                    \
    {                                                                                              \
        static void *(*real)(void *, size_t, int, int, int, off_t);                                \
        if (is_ours(fd) && count(MAP, #name, NULL, fd) == FAIL)                                    \
            return MAP_FAILED;                                                                     \
        return REAL(name)(to, n, protection, how, fd, from);                                       \
    }

WRAP_MAP(mmap)
WRAP_MAP(mmap64)

/* --- memory, by the names of glibc: dlsym() allocates ------------------------- */

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

static int has_none(size_t n)
{
    return n >= min_bytes && kind >= 0 && count(MEMORY, "malloc", NULL, -1) == FAIL;
}

void *malloc(size_t n) { return has_none(n) ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return has_none(n * size) ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { return has_none(n) ? NULL : __libc_realloc(p, n); }
void *memalign(size_t alignment, size_t n)
{
    return has_none(n) ? NULL : __libc_memalign(alignment, n);
}
void *aligned_alloc(size_t alignment, size_t n) { return memalign(alignment, n); }

int posix_memalign(void **p, size_t alignment, size_t n)
{
    *p = memalign(alignment, n);
    return *p ? 0 : ENOMEM;
}
