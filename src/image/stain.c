#include "image/stain.h"
#include "base/sort-doubles.h"
#include "image/color.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

#define MAX_PER_IMAGE 4096
#define MIN_PIXELS    500
#define MIN_DENSITY   0.15

struct LeukoStainMeter {
    GArray *densities; /* of double[3] */
};

LeukoStain leuko_stain_reference(void)
{
    return (LeukoStain){{{0.5626, 0.7201, 0.4062}, {0.2159, 0.8012, 0.5581}}, {1.9705, 1.0308}};
}

LeukoStainMeter *leuko_stain_meter_new(void)
{
    LeukoStainMeter *meter = g_new(LeukoStainMeter, 1);
    meter->densities = g_array_new(FALSE, FALSE, 3 * sizeof(double));
    return meter;
}

void leuko_stain_meter_free(LeukoStainMeter *meter)
{
    if (!meter)
        return;
    g_array_unref(meter->densities);
    g_free(meter);
}

void leuko_stain_meter_add(LeukoStainMeter *meter, const LeukoImage *image)
{
    gsize n = (gsize)image->width * image->height, step = n / MAX_PER_IMAGE + 1;
    step += step > 1 && image->width % step == 0; /* avoid the same columns in every row */
    for (gsize i = 0; i < n; i += step) {
        const guint8 *p =
            image->pixels + i / image->width * image->row_bytes + i % image->width * LEUKO_CHANNELS;
        if (p[0] < COLOR_BLACK && p[1] < COLOR_BLACK && p[2] < COLOR_BLACK)
            continue;
        double d[3], least = G_MAXDOUBLE;
        for (guint c = 0; c < LEUKO_CHANNELS; c++) {
            d[c] = -log((p[c] + 1) / 256.0);
            least = MIN(least, d[c]);
        }
        if (least >= MIN_DENSITY)
            g_array_append_vals(meter->densities, d, 1);
    }
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void cross(const double a[3], const double b[3], double out[3])
{
    for (guint i = 0; i < 3; i++)
        out[i] = a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3];
}

static void covariance(const LeukoStainMeter *meter, double out[3][3])
{
    const double(*d)[3] = (const double(*)[3])(void *)meter->densities->data;
    guint n = meter->densities->len;
    double mean[3] = {0};
    memset(out, 0, 9 * sizeof(double));
    for (guint i = 0; i < n; i++)
        for (guint c = 0; c < 3; c++)
            mean[c] += d[i][c] / n;
    for (guint i = 0; i < n; i++)
        for (guint a = 0; a < 3; a++)
            for (guint b = 0; b < 3; b++)
                out[a][b] += (d[i][a] - mean[a]) * (d[i][b] - mean[b]) / n;
}

/* Eigenvectors of a symmetric matrix as rows of `vectors`, largest eigenvalue first (Jacobi's
 * rotations: Golub and Van Loan, 8.5). */
static void eigen3(double m[3][3], double values[3], double vectors[3][3])
{
    double v[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}; /* columns */
    for (int sweep = 0; sweep < 50; sweep++)
        for (guint p = 0; p < 2; p++)
            for (guint q = p + 1; q < 3; q++) {
                if (fabs(m[p][q]) < 1e-300)
                    continue;
                double angle = (m[q][q] - m[p][p]) / (2 * m[p][q]);
                double t = (angle >= 0 ? 1 : -1) / (fabs(angle) + sqrt(angle * angle + 1));
                double c = 1 / sqrt(t * t + 1), s = t * c;
                for (guint k = 0; k < 3; k++) {
                    double a = m[k][p], b = m[k][q];
                    m[k][p] = c * a - s * b;
                    m[k][q] = s * a + c * b;
                }
                for (guint k = 0; k < 3; k++) {
                    double a = m[p][k], b = m[q][k];
                    m[p][k] = c * a - s * b;
                    m[q][k] = s * a + c * b;
                    a = v[k][p], b = v[k][q];
                    v[k][p] = c * a - s * b;
                    v[k][q] = s * a + c * b;
                }
            }
    guint order[3] = {0, 1, 2};
    for (guint i = 0; i < 2; i++)
        for (guint k = i + 1; k < 3; k++)
            if (m[order[k]][order[k]] > m[order[i]][order[i]]) {
                guint swap = order[i];
                order[i] = order[k];
                order[k] = swap;
            }
    for (guint i = 0; i < 3; i++) {
        values[i] = m[order[i]][order[i]];
        for (guint k = 0; k < 3; k++)
            vectors[i][k] = v[k][order[i]];
    }
}

/* As numpy.percentile with linear interpolation. Sorts `values`. */
static double percentile(double *values, guint n, double percent)
{
    leuko_sort_doubles(values, n);
    double at = percent / 100 * (n - 1);
    guint low = (guint)at;
    return low + 1 < n ? values[low] + (at - low) * (values[low + 1] - values[low]) : values[low];
}

/* The two extreme directions in the plane of the two principal components. */
static void find_axes(const LeukoStainMeter *meter, double plane[2][3], double *work,
                      LeukoStain *stain)
{
    const double(*d)[3] = (const double(*)[3])(void *)meter->densities->data;
    guint n = meter->densities->len;
    /* the first direction points along the mean density, so that angles do not wrap */
    double sum[3] = {0};
    for (guint i = 0; i < n; i++)
        for (guint c = 0; c < 3; c++)
            sum[c] += d[i][c];
    double in_plane[2] = {dot(sum, plane[0]), dot(sum, plane[1])};
    double length = hypot(in_plane[0], in_plane[1]);
    double forward[3], aside[3], across[3];
    cross(plane[0], plane[1], across);
    for (guint c = 0; c < 3; c++)
        forward[c] = (in_plane[0] * plane[0][c] + in_plane[1] * plane[1][c]) / length;
    cross(across, forward, aside);
    for (guint i = 0; i < n; i++)
        work[i] = atan2(dot(d[i], aside), dot(d[i], forward));
    double low = percentile(work, n, 1), high = percentile(work, n, 99);
    for (guint c = 0; c < 3; c++) {
        stain->axes[0][c] = cos(low) * forward[c] + sin(low) * aside[c];
        stain->axes[1][c] = cos(high) * forward[c] + sin(high) * aside[c];
    }
    if (stain->axes[0][0] < stain->axes[1][0]) /* hematoxylin absorbs more red */
        for (guint c = 0; c < 3; c++) {
            double swap = stain->axes[0][c];
            stain->axes[0][c] = stain->axes[1][c];
            stain->axes[1][c] = swap;
        }
}

/* basis: both axes and their unit normal, as rows. FALSE if the axes are nearly parallel. */
static gboolean find_basis(const LeukoStain *stain, double basis[3][3], double inverse[3][3])
{
    memcpy(basis, stain->axes, sizeof stain->axes);
    cross(stain->axes[0], stain->axes[1], basis[2]);
    double length = sqrt(dot(basis[2], basis[2]));
    if (!(length > 0.02)) /* one degree */
        return FALSE;
    for (guint c = 0; c < 3; c++)
        basis[2][c] /= length;
    return color_invert3((const double(*)[3])basis, inverse);
}

gboolean leuko_stain_meter_finish(const LeukoStainMeter *meter, LeukoStain *stain, GError **error)
{
    guint n = meter->densities->len;
    if (n < MIN_PIXELS) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "too few stained pixels to measure the stains: %u, at least %d are needed", n,
                    MIN_PIXELS);
        return FALSE;
    }
    double matrix[3][3], values[3], plane[3][3], basis[3][3], inverse[3][3];
    covariance(meter, matrix);
    eigen3(matrix, values, plane);
    g_autofree double *work = g_new(double, n);
    LeukoStain found = {0};
    if (values[1] > 1e-6)
        find_axes(meter, plane, work, &found);
    if (!(values[1] > 1e-6) || !find_basis(&found, basis, inverse)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "the stained pixels have only one color; two stains cannot be separated");
        return FALSE;
    }
    const double(*d)[3] = (const double(*)[3])(void *)meter->densities->data;
    for (guint s = 0; s < 2; s++) {
        for (guint i = 0; i < n; i++) /* d = c basis, so c = d inverse */
            work[i] = d[i][0] * inverse[0][s] + d[i][1] * inverse[1][s] + d[i][2] * inverse[2][s];
        found.concentration[s] = MAX(percentile(work, n, 99), 1e-3);
    }
    *stain = found;
    return TRUE;
}

LeukoImage *leuko_stain_normalize(const LeukoImage *image, const LeukoStain *from,
                                  const LeukoStain *to, GError **error)
{
    double from_basis[3][3], from_inverse[3][3], to_basis[3][3], to_inverse[3][3], out[3][3];
    if (!find_basis(from, from_basis, from_inverse) || !find_basis(to, to_basis, to_inverse) ||
        !(from->concentration[0] > 0 && from->concentration[1] > 0)) {
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
            "stain normalization: the axes of a stain are parallel, or a concentration is 0");
        return NULL;
    }
    for (guint s = 0; s < 2; s++)
        for (guint c = 0; c < 3; c++)
            to_basis[s][c] *= to->concentration[s] / from->concentration[s];
    color_multiply3((const double(*)[3])from_inverse, (const double(*)[3])to_basis, out);
    ColorMap map = color_map_identity();
    map.has_stain = map.keeps_black = TRUE;
    for (guint i = 0; i < 3; i++)
        for (guint k = 0; k < 3; k++)
            map.od_matrix[i][k] = (float)out[k][i];
    g_autoptr(LeukoImage) copy = leuko_image_copy(image, error);
    return copy && color_map_apply(&map, copy, error) ? g_steal_pointer(&copy) : NULL;
}
