#include "image/color.h"
#include "image/simd.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

ColorMap color_map_identity(void)
{
    return (ColorMap){.od_matrix = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, .gain = 1, .saturation = 1};
}

gboolean color_invert3(const double m[3][3], double inverse[3][3])
{
    double determinant = 0;
    for (guint i = 0; i < 3; i++) {
        guint a = (i + 1) % 3, b = (i + 2) % 3;
        for (guint j = 0; j < 3; j++) {
            guint c = (j + 1) % 3, d = (j + 2) % 3;
            inverse[j][i] = m[a][c] * m[b][d] - m[a][d] * m[b][c];
        }
        determinant +=
            i == 0 ? m[0][0] * inverse[0][0] + m[0][1] * inverse[1][0] + m[0][2] * inverse[2][0]
                   : 0;
    }
    if (!(fabs(determinant) > 1e-6))
        return FALSE;
    for (guint i = 0; i < 3; i++)
        for (guint j = 0; j < 3; j++)
            inverse[i][j] /= determinant;
    return TRUE;
}

void color_multiply3(const double a[3][3], const double b[3][3], double product[3][3])
{
    for (guint i = 0; i < 3; i++)
        for (guint j = 0; j < 3; j++)
            product[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
}

void color_map_set_stain(ColorMap *map, const double gain[2], const double shift[2])
{
    if (gain[0] == 1 && gain[1] == 1 && shift[0] == 0 && shift[1] == 0)
        return;
    /* Ruifrok and Johnston's hematoxylin and eosin, as rows */
    static const double axes[2][3] = {{0.650, 0.704, 0.286}, {0.072, 0.990, 0.105}};
    double basis[3][3], inverse[3][3], scaled[3][3], out[3][3];
    memcpy(basis, axes, sizeof axes);
    for (guint i = 0; i < 3; i++) /* the normal: hematoxylin x eosin */
        basis[2][i] = axes[0][(i + 1) % 3] * axes[1][(i + 2) % 3] -
                      axes[0][(i + 2) % 3] * axes[1][(i + 1) % 3];
    gboolean is_basis = color_invert3(basis, inverse);
    g_assert(is_basis);
    for (guint i = 0; i < 3; i++)
        for (guint k = 0; k < 3; k++)
            scaled[i][k] = basis[i][k] * (i < 2 ? gain[i] : 1);
    color_multiply3(inverse, scaled, out); /* densities are rows: d' = d out */
    map->has_stain = TRUE;
    for (guint i = 0; i < 3; i++) {
        for (guint k = 0; k < 3; k++)
            map->od_matrix[i][k] = (float)out[k][i];
        map->od_shift[i] = (float)(shift[0] * basis[0][i] + shift[1] * basis[1][i]);
    }
}

/* Replace each density d by 256 exp(-d) - 1, computed as 2^t with t = 8 - d / ln 2. The whole part
 * of t goes into the float's exponent; 2^fraction is a Taylor series of degree 5 (relative error
 * below 1.7e-5 for fractions within 1/2, that is 0.004 gray levels). */
IMAGE_SIMD static void densities_to_values(float *restrict d, guint n)
{
    const float log2_e = 1.44269504f;
    for (guint i = 0; i < n; i++) { /* two loops: gcc vectorizes them only apart */
        float t = 8.0f - d[i] * log2_e;
        d[i] = t < -20.0f ? -20.0f : t > 20.0f ? 20.0f : t;
    }
    for (guint i = 0; i < n; i++) {
        float t = d[i];
        gint32 whole = (gint32)(t + 64.5f) - 64;
        float f = (t - (float)whole) * 0.69314718f;
        float power =
            1 + f * (1 + f * (0.5f + f * (1 / 6.0f + f * (1 / 24.0f + f * (1 / 120.0f)))));
        union {
            gint32 bits;
            float value;
        } scale = {(whole + 127) * (1 << 23)};
        d[i] = power * scale.value - 1.0f;
    }
}

IMAGE_SIMD static void mix_densities(const ColorMap *map, float *restrict r, float *restrict g,
                                     float *restrict b, guint n)
{
    const float m00 = map->od_matrix[0][0], m01 = map->od_matrix[0][1], m02 = map->od_matrix[0][2];
    const float m10 = map->od_matrix[1][0], m11 = map->od_matrix[1][1], m12 = map->od_matrix[1][2];
    const float m20 = map->od_matrix[2][0], m21 = map->od_matrix[2][1], m22 = map->od_matrix[2][2];
    const float s0 = map->od_shift[0], s1 = map->od_shift[1], s2 = map->od_shift[2];
    for (guint i = 0; i < n; i++) {
        float x = r[i], y = g[i], z = b[i];
        r[i] = m00 * x + m01 * y + m02 * z + s0;
        g[i] = m10 * x + m11 * y + m12 * z + s1;
        b[i] = m20 * x + m21 * y + m22 * z + s2;
    }
}

/* Apply gain and offset, then multiply HSV's saturation s by f, at most to 1: each channel c
 * becomes v - (v - c) k, with v the largest channel and k = min(f, 1 / s). */
IMAGE_SIMD static void finish_values(const ColorMap *map, float *restrict r, float *restrict g,
                                     float *restrict b, guint n)
{
    const float gain = map->gain, saturation = map->saturation;
    const float o0 = map->offset[0], o1 = map->offset[1], o2 = map->offset[2];
    for (guint i = 0; i < n; i++) {
        float x = gain * r[i] + o0, y = gain * g[i] + o1, z = gain * b[i] + o2;
        float high = x > y ? x : y, low = x > y ? y : x;
        high = high > z ? high : z;
        low = low < z ? low : z;
        float range = high - low, limit = high / (range > 1e-3f ? range : 1e-3f);
        float k = saturation < limit ? saturation : limit;
        k = saturation == 1.0f ? 1.0f : k;
        k = high > 0 ? k : 0.0f;
        x = high - (high - x) * k;
        y = high - (high - y) * k;
        z = high - (high - z) * k;
        r[i] = x < 0 ? 0 : x > 255 ? 255 : x;
        g[i] = y < 0 ? 0 : y > 255 ? 255 : y;
        b[i] = z < 0 ? 0 : z > 255 ? 255 : z;
    }
}

static void fill_table(gboolean has_stain, float table[256])
{
    for (guint v = 0; v < 256; v++)
        table[v] = has_stain ? -logf((float)(v + 1) / 256.0f) : (float)v;
}

gboolean color_map_apply(const ColorMap *map, LeukoImage *image, GError **error)
{
    guint n = image->width;
    g_autofree float *planes = g_try_malloc_n(n, 3 * sizeof(float)); /* (3, W): one row */
    if (!planes) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                    "no memory to change the colors of an image");
        return FALSE;
    }
    float table[256], *r = planes, *g = planes + n, *b = planes + 2 * (gsize)n;
    fill_table(map->has_stain, table);
    for (guint y = 0; y < image->height; y++) {
        guint8 *row = image->pixels + y * image->row_bytes, *p = row;
        for (guint x = 0; x < n; x++, p += LEUKO_CHANNELS) {
            r[x] = table[p[0]];
            g[x] = table[p[1]];
            b[x] = table[p[2]];
        }
        if (map->has_stain) {
            mix_densities(map, r, g, b, n);
            for (guint c = 0; c < LEUKO_CHANNELS; c++)
                densities_to_values(planes + (gsize)c * n, n);
        }
        finish_values(map, r, g, b, n);
        p = row;
        for (guint x = 0; x < n; x++, p += LEUKO_CHANNELS) {
            if (map->keeps_black && p[0] < COLOR_BLACK && p[1] < COLOR_BLACK && p[2] < COLOR_BLACK)
                continue;
            p[0] = (guint8)(gint32)(r[x] + 0.5f);
            p[1] = (guint8)(gint32)(g[x] + 0.5f);
            p[2] = (guint8)(gint32)(b[x] + 0.5f);
        }
    }
    return TRUE;
}
