#include "base/crc32c.h"

/* The check value of the CRC catalog, and the vectors of RFC 3720 B.4. */
static void test_vectors(void)
{
    guint8 bytes[32];
    g_assert_cmphex(leuko_crc32c("123456789", 9), ==, 0xe3069283u);
    memset(bytes, 0, sizeof bytes);
    g_assert_cmphex(leuko_crc32c(bytes, 32), ==, 0x8a9136aau);
    memset(bytes, 0xff, sizeof bytes);
    g_assert_cmphex(leuko_crc32c(bytes, 32), ==, 0x62a8ab43u);
    g_assert_cmphex(leuko_crc32c("", 0), ==, 0);
}

/* A CRC continued over a cut equals the CRC of the whole, wherever the cut lies. */
static void test_extend(void)
{
    const char *text = "white blood cells";
    for (gsize cut = 0; cut <= 17; cut++)
        g_assert_cmphex(leuko_crc32c_extend(leuko_crc32c(text, cut), text + cut, 17 - cut), ==,
                        leuko_crc32c(text, 17));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crc32c/vectors", test_vectors);
    g_test_add_func("/crc32c/extend", test_extend);
    return g_test_run();
}
