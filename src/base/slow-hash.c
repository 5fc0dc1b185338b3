#include "base/slow-hash.h"
#include "base/threads.h"
#include "leuko/error.h"
#include <sodium.h>
#include <string.h>

enum { PASSES = 1, MEMORY_BYTES = 1 << 20 };

typedef struct {
    const char *const *texts;
    const guint8 *salt;
    guint8 *hashes;
    guint n;
    gint next, failed; /* atomic */
} Job;

static gpointer work(gpointer data)
{
    Job *job = data;
    guint i;
    while ((i = (guint)g_atomic_int_add(&job->next, 1)) < job->n)
        if (crypto_pwhash(job->hashes + (gsize)i * LEUKO_SLOW_HASH_BYTES, LEUKO_SLOW_HASH_BYTES,
                          job->texts[i], strlen(job->texts[i]), job->salt, PASSES, MEMORY_BYTES,
                          crypto_pwhash_ALG_ARGON2ID13) != 0)
            g_atomic_int_set(&job->failed, TRUE);
    return NULL;
}

gboolean leuko_slow_hash(const char *const *texts, guint n, const guint8 salt[LEUKO_SALT_BYTES],
                         guint n_threads, guint8 *hashes, GError **error)
{
    G_STATIC_ASSERT(LEUKO_SALT_BYTES == crypto_pwhash_SALTBYTES);
    G_STATIC_ASSERT(LEUKO_SLOW_HASH_BYTES >= crypto_pwhash_BYTES_MIN);
    Job job = {.texts = texts, .salt = salt, .hashes = hashes, .n = n};
    guint n_workers = MIN(n, n_threads ? n_threads : g_get_num_processors());
    job.failed = sodium_init() < 0; /* chooses the fastest code; may be called again */
    leuko_threads_run(n_workers, "slow-hash", work, &job);
    if (!g_atomic_int_get(&job.failed))
        return TRUE;
    g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                        "no memory to hash the names of groups (1 MiB for each thread)");
    return FALSE;
}
