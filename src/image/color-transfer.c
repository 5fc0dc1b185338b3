#include "image/color-transfer.h"
#include "image/color.h"
#include <math.h>

#define MAX_PER_IMAGE 4096
#define MIN_SD        1e-3 /* of a channel that hardly varies */

/* RGB to the cones' L, M, S, and back: Reinhard et al. 2001, equations 4 and 9. The second is the
 * numerical inverse of the first. */
static const double to_lms[3][3] = {
    {0.3811, 0.5783, 0.0402}, {0.1967, 0.7244, 0.0782}, {0.0241, 0.1288, 0.8444}};

static const double *inverse_lms(void)
{
    static gsize ready;
    static double inverse[3][3];
    if (g_once_init_enter(&ready)) {
        gboolean ok = color_invert3(to_lms, inverse);
        g_assert(ok);
        g_once_init_leave(&ready, 1);
    }
    return &inverse[0][0];
}

static const float r3 = 0.57735026919f, r6 = 0.40824829046f, r2 = 0.70710678119f;

/* v: R, G, B from 0 to 255. */
static inline void to_lab(const float v[3], float lab[3])
{
    float log_lms[3];
    for (guint i = 0; i < 3; i++)
        log_lms[i] = log10f((float)to_lms[i][0] * (v[0] + 1) + (float)to_lms[i][1] * (v[1] + 1) +
                            (float)to_lms[i][2] * (v[2] + 1));
    float sum = log_lms[0] + log_lms[1];
    lab[0] = r3 * (sum + log_lms[2]);
    lab[1] = r6 * (sum - 2 * log_lms[2]);
    lab[2] = r2 * (log_lms[0] - log_lms[1]);
}

/* The inverse; `inverse` (3, 3) as of inverse_lms(). */
static inline void from_lab(const float lab[3], const double *inverse, float v[3])
{
    float l = r3 * lab[0], a = r6 * lab[1], b = r2 * lab[2], lms[3];
    const float ln10 = 2.302585093f;
    lms[0] = expf(ln10 * (l + a + b));
    lms[1] = expf(ln10 * (l + a - b));
    lms[2] = expf(ln10 * (l - 2 * a));
    for (guint i = 0; i < 3; i++)
        v[i] = (float)inverse[3 * i] * lms[0] + (float)inverse[3 * i + 1] * lms[1] +
               (float)inverse[3 * i + 2] * lms[2] - 1;
}

static inline gboolean is_masked(const float v[3])
{
    return v[0] < COLOR_BLACK && v[1] < COLOR_BLACK && v[2] < COLOR_BLACK;
}

gboolean leuko_color_measure(const LeukoImage *image, LeukoColorMoments *m)
{
    gsize n = (gsize)image->width * image->height, step = n / MAX_PER_IMAGE + 1;
    step += step > 1 && image->width % step == 0; /* avoid the same columns in every row */
    guint n_measured = 0;
    *m = (LeukoColorMoments){0};
    for (gsize i = 0; i < n; i += step) {
        const guint8 *p =
            image->pixels + i / image->width * image->row_bytes + i % image->width * LEUKO_CHANNELS;
        const float v[3] = {p[0], p[1], p[2]};
        float lab[3];
        if (is_masked(v))
            continue;
        to_lab(v, lab);
        n_measured++;
        for (guint c = 0; c < 3; c++) {
            m->first[c] += (double)lab[c];
            m->second[c] += (double)lab[c] * (double)lab[c];
        }
    }
    for (guint c = 0; c < 3 && n_measured > 0; c++) {
        m->first[c] /= n_measured;
        m->second[c] /= n_measured;
    }
    return n_measured > 0;
}

LeukoColorReference leuko_color_reference_of(const LeukoColorMoments *moments, guint n)
{
    LeukoColorReference r = {.n_images = n};
    for (guint c = 0; n > 0 && c < 3; c++) {
        double first = 0, second = 0;
        for (guint i = 0; i < n; i++) {
            first += moments[i].first[c];
            second += moments[i].second[c];
        }
        r.mean[c] = first / n;
        r.sd[c] = fmax(sqrt(fmax(second / n - r.mean[c] * r.mean[c], 0)), MIN_SD);
    }
    return r;
}

LeukoColorReference leuko_color_reference_after(const LeukoColorReference *reference,
                                                const LeukoColorTransfer *t)
{
    LeukoColorReference r = *reference;
    for (guint c = 0; t->is_used && c < 3; c++) {
        r.mean[c] = r.mean[c] * t->scale[c] + t->shift[c];
        r.sd[c] *= t->scale[c];
    }
    return r;
}

LeukoColorTransfer leuko_color_transfer_between(const LeukoColorReference *from,
                                                const LeukoColorReference *to)
{
    LeukoColorTransfer t = {.is_used = TRUE};
    for (guint c = 0; c < 3; c++) {
        double scale = CLAMP(to->sd[c] / fmax(from->sd[c], MIN_SD), 1 / LEUKO_COLOR_MAX_SCALE,
                             LEUKO_COLOR_MAX_SCALE);
        t.scale[c] = (double)(float)scale; /* as a file of a model keeps it */
        t.shift[c] = (double)(float)(to->mean[c] - t.scale[c] * from->mean[c]);
    }
    return t;
}

void leuko_color_transfer_apply(const LeukoColorTransfer *t, float *x_chw, gsize n_pixels)
{
    if (!t->is_used)
        return;
    const double *inverse = inverse_lms();
    float scale[3], shift[3], *planes[3] = {x_chw, x_chw + n_pixels, x_chw + 2 * n_pixels};
    for (guint c = 0; c < 3; c++) {
        scale[c] = (float)t->scale[c];
        shift[c] = (float)t->shift[c];
    }
    for (gsize i = 0; i < n_pixels; i++) {
        float v[3], lab[3];
        for (guint c = 0; c < 3; c++)
            v[c] = (planes[c][i] + 1) * 127.5f;
        if (is_masked(v))
            continue;
        to_lab(v, lab);
        for (guint c = 0; c < 3; c++)
            lab[c] = lab[c] * scale[c] + shift[c];
        from_lab(lab, inverse, v);
        for (guint c = 0; c < 3; c++)
            planes[c][i] = fminf(fmaxf(v[c], 0), 255) / 127.5f - 1;
    }
}
