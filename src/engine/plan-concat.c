/* Concats by copying: of channels-last tensors oneDNN's own took three times as long (0.5 ms an image
 * in int8), and its convolutions write into a strided slice with their reference kernel only. Every
 * tensor has whole blocks of 16 channels: a pixel of a channels-last one is some 16-byte pieces,
 * blocked ones stand one behind the other as a whole. */
#include "engine/plan-internal.h"
#include <string.h>

enum { PIECE_BYTES = 16, PIECES_AT_ONCE = 4 };

gboolean leuko_plan_add_concat(LeukoPlan *plan, guint index, const guint *sources, GError **error)
{
    const LeukoLoweredStep *s = &plan->lowered->steps[index];
    const LeukoPlanRoot *to = leuko_plan_root(plan, s->target.root);
    LeukoStep step = {.name = g_strdup(leuko_net_layer(plan->net, s->members[0].layer)->name),
                      .kind = "concat",
                      .lowered = (gint)index,
                      .source_roots = {-1, -1, -1, -1},
                      .target_root = (gint)s->target.root};
    dnnl_memory_desc_t md;
    gboolean ok = TRUE;
    g_assert(s->target.n == to->channels);
    for (guint i = 0; ok && i < s->n_sources; i++) {
        LeukoSlice source = {sources ? sources[i] : s->source[i].root, 0, s->source[i].n};
        const LeukoPlanRoot *from = leuko_plan_root(plan, source.root);
        g_assert(from->layout == to->layout && from->type == to->type &&
                 source.n == from->channels &&
                 from->channels * from->element_bytes % PIECE_BYTES == 0);
        step.source_roots[i] = (gint)source.root;
        ok = leuko_plan_slice_desc(plan, source, &md, error) &&
             leuko_step_add_arg(plan, &step, DNNL_ARG_MULTIPLE_SRC + (int)i, &md,
                                leuko_plan_slice_where(plan, source), error);
    }
    ok = ok && leuko_plan_slice_desc(plan, s->target, &md, error) &&
         leuko_step_add_arg(plan, &step, DNNL_ARG_DST, &md, leuko_plan_slice_where(plan, s->target),
                            error);
    step.bytes = 2 * (gsize)to->h * to->w * to->channels * to->element_bytes;
    g_array_append_val(plan->steps, step);
    return ok;
}

/* n_bytes in whole pieces; four at once are one store with AVX-512. */
static inline void copy_pixel(guint8 *restrict to, const guint8 *restrict from, gsize n_bytes)
{
    gsize at = 0;
    for (; at + PIECES_AT_ONCE * PIECE_BYTES <= n_bytes; at += PIECES_AT_ONCE * PIECE_BYTES)
        memcpy(to + at, from + at, PIECES_AT_ONCE * PIECE_BYTES);
    for (; at < n_bytes; at += PIECE_BYTES)
        memcpy(to + at, from + at, PIECE_BYTES);
}

/* Pixel p of every source, one behind the other. */
static inline void join_pixel(guint8 *out, const guint8 *const *from, const gsize *bytes,
                              gint n_sources, gsize p)
{
    for (gint i = 0; i < n_sources; i++) {
        copy_pixel(out, from[i] + p * bytes[i], bytes[i]);
        out += bytes[i];
    }
}

gboolean leuko_plan_run_concat(const LeukoPlan *plan, const LeukoStep *step, guint place,
                               GError **error)
{
    const LeukoPlanRoot *target = leuko_plan_root(plan, (guint)step->target_root);
    const gsize plane = (gsize)target->h * target->w;
    const gint n_pixels = target->layout == dnnl_nhwc ? (gint)plane : 1,
               n_sources = step->n_args - 1;
    const gsize row = target->channels * target->element_bytes * plane / (gsize)n_pixels;
    const guint8 *from[LEUKO_MAX_INPUTS];
    gsize bytes[LEUKO_MAX_INPUTS];
    void *data = NULL;
    for (gint i = 0; i <= n_sources; i++) {
        if (!leuko_dnnl_ok(dnnl_memory_get_data_handle(step->args[place][i].memory, &data), error,
                           "%s", step->name))
            return FALSE;
        if (i < n_sources) {
            const LeukoPlanRoot *r = leuko_plan_root(plan, (guint)step->source_roots[i]);
            from[i] = data;
            bytes[i] = r->channels * r->element_bytes * plane / (gsize)n_pixels;
        }
    }
    guint8 *to = data; /* the last argument */
    if (plan->lane_threads > 1) {
#pragma omp parallel for num_threads(plan->lane_threads) schedule(static)
        for (gint p = 0; p < n_pixels; p++)
            join_pixel(to + (gsize)p * row, from, bytes, n_sources, (gsize)p);
    } else { /* no team of one: libgomp would allocate it anew each time */
        for (gint p = 0; p < n_pixels; p++)
            join_pixel(to + (gsize)p * row, from, bytes, n_sources, (gsize)p);
    }
    return TRUE;
}
