/* base/slow-hash.h: a slow, salted hash for names of patients.
 *
 * Names are few and easy to guess. A fast hash of them is found by trying a list of names; this one
 * makes each guess cost 1 MiB of memory and about 1 ms of one core, for every salt anew.
 * Argon2id (RFC 9106) of libsodium, one pass over 1 MiB, 16 bytes.
 * The cost is bounded by evaluation, which hashes each of its groups once: a data set with a group
 * for each image spends about 1 ms of its 25 ms per image (int8) on it. A list of a million names
 * still takes only about 20 minutes, so the result is pseudonymous, not anonymous.
 */
#pragma once
#include <glib.h>

enum { LEUKO_SALT_BYTES = 16, LEUKO_SLOW_HASH_BYTES = 16 };

/* Hash n texts with one salt on n_threads threads (0: all processors).
 * hashes  (n, 16), in the order of the texts
 * Errors: LEUKO_ERROR_MEMORY. Cost: 1 ms and 1 MiB per text and thread. */
gboolean leuko_slow_hash(const char *const *texts, guint n, const guint8 salt[LEUKO_SALT_BYTES],
                         guint n_threads, guint8 *hashes, GError **error);
