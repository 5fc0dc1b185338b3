#include "base/slow-hash.h"
#include <string.h>

/* The hashes are those of another implementation of Argon2id, with any number of threads:
 *   argon2.low_level.hash_secret_raw(b'Ivanova', bytes(range(16)), time_cost=1, memory_cost=1024,
 *                                    parallelism=1, hash_len=16, type=Type.ID, version=19).hex() */
static void test_value(void)
{
    static const char *const names[] = {"Ivanova", "P01", "Иванова"};
    static const guint8 expected[3][LEUKO_SLOW_HASH_BYTES] = {
        {0xe1, 0x38, 0xd2, 0x74, 0xb6, 0x5b, 0x53, 0xe5, 0x3c, 0x89, 0x6d, 0xf7, 0x0e, 0x0b, 0xfd,
         0x21},
        {0xdf, 0x51, 0x5f, 0x0a, 0x1f, 0xb0, 0x68, 0xc2, 0x15, 0x2a, 0xd1, 0x36, 0xae, 0xe6, 0x06,
         0xea},
        {0x86, 0xe5, 0x3c, 0xab, 0x11, 0xfa, 0x38, 0x0b, 0xbf, 0x34, 0x19, 0xa3, 0xb1, 0x9d, 0xc8,
         0x52}};
    guint8 salt[LEUKO_SALT_BYTES], out[3][LEUKO_SLOW_HASH_BYTES];
    for (guint i = 0; i < sizeof salt; i++)
        salt[i] = (guint8)i;
    for (guint n_threads = 0; n_threads <= 5; n_threads++) {
        memset(out, 0, sizeof out);
        g_assert_true(leuko_slow_hash(names, 3, salt, n_threads, out[0], NULL));
        g_assert_cmpint(memcmp(out, expected, sizeof out), ==, 0);
    }
    g_assert_true(leuko_slow_hash(NULL, 0, salt, 0, NULL, NULL));
}

/* Another salt gives other hashes. */
static void test_salt(void)
{
    static const char *const names[] = {"Ivanova"};
    guint8 salt[LEUKO_SALT_BYTES] = {0}, a[LEUKO_SLOW_HASH_BYTES], b[LEUKO_SLOW_HASH_BYTES];
    g_assert_true(leuko_slow_hash(names, 1, salt, 1, a, NULL));
    salt[15] = 1;
    g_assert_true(leuko_slow_hash(names, 1, salt, 1, b, NULL));
    g_assert_true(memcmp(a, b, sizeof a) != 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/slow-hash/value", test_value);
    g_test_add_func("/slow-hash/salt", test_salt);
    return g_test_run();
}
