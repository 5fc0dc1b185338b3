#include "base/rng.h"
#include <math.h>
#include <string.h>

static guint64 splitmix64(guint64 *state)
{
    guint64 z = (*state += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

guint64 leuko_hash64(gconstpointer bytes, gsize n_bytes)
{
    guint64 h = G_GUINT64_CONSTANT(0xcbf29ce484222325);
    const guint8 *p = bytes;
    for (gsize i = 0; i < n_bytes; i++)
        h = (h ^ p[i]) * G_GUINT64_CONSTANT(0x100000001b3);
    return h;
}

void leuko_rng_init(LeukoRng *rng, guint64 seed, const char *stream, guint64 index)
{
    guint64 key = seed;
    guint64 mixed = splitmix64(&key);
    key = mixed ^ (stream ? leuko_hash64(stream, strlen(stream)) : 0);
    mixed = splitmix64(&key);
    key = mixed ^ index;
    for (int i = 0; i < 4; i++)
        rng->s[i] = splitmix64(&key);
}

static guint64 rotl(guint64 x, int k) { return (x << k) | (x >> (64 - k)); }

guint64 leuko_rng_u64(LeukoRng *rng)
{
    guint64 *s = rng->s;
    guint64 result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

guint64 leuko_rng_below(LeukoRng *rng, guint64 n)
{
    g_assert(n > 0);
    unsigned __int128 m = (unsigned __int128)leuko_rng_u64(rng) * n;
    if ((guint64)m < n) {
        guint64 floor = -n % n;
        while ((guint64)m < floor)
            m = (unsigned __int128)leuko_rng_u64(rng) * n;
    }
    return (guint64)(m >> 64);
}

double leuko_rng_uniform(LeukoRng *rng) { return (double)(leuko_rng_u64(rng) >> 11) * 0x1p-53; }

double leuko_rng_range(LeukoRng *rng, double low, double high)
{
    return low + (high - low) * leuko_rng_uniform(rng);
}

double leuko_rng_normal(LeukoRng *rng)
{
    double u = 1.0 - leuko_rng_uniform(rng); /* (0, 1]: the logarithm stays finite */
    return sqrt(-2.0 * log(u)) * cos(2.0 * G_PI * leuko_rng_uniform(rng));
}

double leuko_rng_truncated_normal(LeukoRng *rng, double mean, double sd)
{
    double z;
    do
        z = leuko_rng_normal(rng);
    while (fabs(z) > 2.0);
    return mean + sd * z;
}

void leuko_rng_shuffle(LeukoRng *rng, guint *indices, gsize n)
{
    for (gsize i = n; i > 1; i--) {
        gsize j = (gsize)leuko_rng_below(rng, i);
        guint t = indices[i - 1];
        indices[i - 1] = indices[j];
        indices[j] = t;
    }
}
