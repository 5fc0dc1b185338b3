#include "image/working-memory.h"
#include "leuko/error.h"
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* What libraries allocate beside the pixels: threads' stacks and heaps, tables. */
#define ADDRESS_MARGIN ((guint64)24 << 20)

static struct {
    GMutex lock;
    GCond given_back;
    guint64 n_bytes, peak_bytes, limit;
} account = {.limit = LEUKO_IMAGE_WORKING_BYTES};

guint64 image_memory_limit(void) { return account.limit; }

void image_memory_set_limit(guint64 n_bytes) { account.limit = n_bytes; }

/* Bytes of address space that are left; G_MAXUINT64 without a limit. */
static guint64 find_address_space(void)
{
    struct rlimit limit;
    unsigned long n_pages = 0;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return G_MAXUINT64;
    FILE *statm = fopen("/proc/self/statm", "re");
    gboolean is_known = statm && fscanf(statm, "%lu", &n_pages) == 1;
    if (statm)
        fclose(statm);
    guint64 used = (guint64)n_pages * (guint64)sysconf(_SC_PAGESIZE);
    return !is_known ? G_MAXUINT64 : limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

/* The allocator may hold freed memory, which find_address_space() does not count. */
static gboolean can_allocate(guint64 n_bytes)
{
    g_autofree gpointer probe = g_try_malloc(n_bytes);
    return probe != NULL;
}

static gboolean refuse(const ImageFile *file, guint width, guint height, guint64 n_bytes,
                       GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: too large: decoding its %u x %u pixels takes %.0f MiB (limit of all threads "
                "together: %.0f MiB); export it in a smaller size or as JPEG, PNG or TIFF",
                file->name, width, height, (double)n_bytes / (1 << 20),
                (double)account.limit / (1 << 20));
    return FALSE;
}

static gboolean no_memory(const ImageFile *file, guint width, guint height, guint64 n_bytes,
                          GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                "%s: no memory to decode its %u x %u pixels (%.1f MiB)", file->name, width, height,
                (double)n_bytes / (1 << 20));
    return FALSE;
}

gboolean image_memory_take(ImageFile *file, guint width, guint height, guint64 n_bytes,
                           GError **error)
{
    image_memory_give_back(file);
    if (n_bytes > account.limit)
        return refuse(file, width, height, n_bytes, error);
    g_mutex_lock(&account.lock);
    while (account.n_bytes + n_bytes > account.limit)
        g_cond_wait(&account.given_back, &account.lock);
    guint64 left = find_address_space();
    /* what others took is perhaps not allocated yet */
    while (account.n_bytes > 0 && left < account.n_bytes + n_bytes + ADDRESS_MARGIN) {
        g_cond_wait(&account.given_back, &account.lock);
        left = find_address_space();
    }
    gboolean is_there = left >= account.n_bytes + n_bytes + ADDRESS_MARGIN ||
                        can_allocate(n_bytes + ADDRESS_MARGIN);
    if (is_there) {
        file->memory_bytes = n_bytes;
        account.n_bytes += n_bytes;
        account.peak_bytes = MAX(account.peak_bytes, account.n_bytes);
    }
    g_mutex_unlock(&account.lock);
    return is_there || no_memory(file, width, height, n_bytes, error);
}

void image_memory_give_back(ImageFile *file)
{
    if (file->memory_bytes == 0)
        return;
    g_mutex_lock(&account.lock);
    account.n_bytes -= file->memory_bytes;
    file->memory_bytes = 0;
    g_cond_broadcast(&account.given_back);
    g_mutex_unlock(&account.lock);
}

LeukoImage *image_new_for(ImageFile *file, guint width, guint height, guint64 extra, GError **error)
{
    guint64 n_bytes = (guint64)width * height * LEUKO_CHANNELS + extra;
    if (!image_memory_take(file, width, height, n_bytes, error))
        return NULL;
    LeukoImage *image = leuko_image_new(width, height, NULL);
    if (!image)
        no_memory(file, width, height, n_bytes, error);
    return image;
}

void image_memory_measure(guint64 *n_bytes, guint64 *peak_bytes)
{
    g_mutex_lock(&account.lock);
    *n_bytes = account.n_bytes;
    *peak_bytes = account.peak_bytes;
    g_mutex_unlock(&account.lock);
}
