#include "formats/numbers.h"
#include <string.h>

G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN);

void leuko_half_to_float(gconstpointer in, float *out, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        guint16 bits;
        memcpy(&bits, (const guint8 *)in + 2 * i, sizeof bits);
        guint32 sign = (guint32)(bits & 0x8000u) << 16, exponent = (bits >> 10) & 31u;
        guint32 fraction = bits & 1023u, wide;
        if (exponent == 31) { /* infinity, NaN */
            wide = sign | 0x7f800000u | fraction << 13;
            memcpy(&out[i], &wide, sizeof wide);
        } else if (exponent > 0) {
            wide = sign | (exponent + 112) << 23 | fraction << 13;
            memcpy(&out[i], &wide, sizeof wide);
        } else { /* subnormal: fraction x 2^-24 */
            float magnitude = (float)fraction * 0x1p-24f;
            out[i] = sign ? -magnitude : magnitude;
        }
    }
}

void leuko_bfloat_to_float(gconstpointer in, float *out, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        guint16 bits;
        memcpy(&bits, (const guint8 *)in + 2 * i, sizeof bits);
        guint32 wide = (guint32)bits << 16;
        memcpy(&out[i], &wide, sizeof wide);
    }
}

void leuko_double_to_float(gconstpointer in, float *out, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        double value;
        memcpy(&value, (const guint8 *)in + 8 * i, sizeof value);
        out[i] = (float)value;
    }
}

static guint16 half_of(float value)
{
    guint32 bits;
    memcpy(&bits, &value, sizeof bits);
    guint32 sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) /* NaN stays NaN */
        return (guint16)(sign | 0x7e00u);
    if (magnitude >= 0x477ff000u) /* 65520 and above round to infinity */
        return (guint16)(sign | 0x7c00u);
    if (magnitude < 0x38800000u) { /* below 2^-14: adding 0.5 shifts the fraction and rounds it */
        float shifted, half = 0.5f;
        guint32 rounded;
        memcpy(&shifted, &magnitude, sizeof shifted);
        shifted += half;
        memcpy(&rounded, &shifted, sizeof rounded);
        return (guint16)(sign | (rounded - 0x3f000000u));
    }
    magnitude += 0xc8000fffu + ((magnitude >> 13) & 1u); /* exponent -112, round to nearest even */
    return (guint16)(sign | magnitude >> 13);
}

void leuko_float_to_half(const float *in, gpointer out, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        guint16 h = half_of(in[i]);
        memcpy((guint8 *)out + 2 * i, &h, sizeof h);
    }
}

void leuko_float_to_bfloat(const float *in, gpointer out, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        guint32 bits;
        memcpy(&bits, &in[i], sizeof bits);
        gboolean nan = (bits & 0x7fffffffu) > 0x7f800000u;
        guint16 b =
            (guint16)(nan ? bits >> 16 | 0x40u : (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
        memcpy((guint8 *)out + 2 * i, &b, sizeof b);
    }
}
