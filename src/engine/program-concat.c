/* oneDNN's concat of channels-last tensors takes three times as long as this copy (0.5 ms per image
 * in int8). oneDNN's convolutions could write into a strided slice, but only with the slow
 * reference kernel. Every tensor has whole blocks of 16 channels: a pixel of a channels-last tensor
 * consists of 16-byte pieces, and a blocked tensor is copied as a whole. */
#include "engine/program-concat.h"
#include <string.h>

enum { PIECE_BYTES = 16, PIECES_AT_ONCE = 4 };

void leuko_program_add_concat(LeukoProgram *program, guint index, const guint *sources)
{
    const LeukoLoweredStep *s = &program->lowered->steps[index];
    const LeukoProgramRoot *to = leuko_program_root(program, s->target.root);
    LeukoStep step = {.name = g_strdup(leuko_net_layer(program->net, s->members[0].layer)->name),
                      .kind = "concat",
                      .lowered = (gint)index,
                      .source_roots = {-1, -1, -1, -1},
                      .target_root = (gint)s->target.root};
    g_assert(s->target.n == to->channels);
    for (guint i = 0; i < s->n_sources; i++) {
        LeukoSlice source = {sources ? sources[i] : s->source[i].root, 0, s->source[i].n};
        const LeukoProgramRoot *from = leuko_program_root(program, source.root);
        g_assert(from->layout == to->layout && from->type == to->type &&
                 source.n == from->channels &&
                 from->channels * from->element_bytes % PIECE_BYTES == 0);
        step.source_roots[i] = (gint)source.root;
        leuko_step_add_arg(&step, DNNL_ARG_MULTIPLE_SRC + (int)i,
                           leuko_program_slice_desc(program, source),
                           leuko_program_slice_location(program, source));
    }
    leuko_step_add_arg(&step, DNNL_ARG_DST, leuko_program_slice_desc(program, s->target),
                       leuko_program_slice_location(program, s->target));
    step.bytes = 2 * (gsize)to->h * to->w * to->channels * to->element_bytes;
    g_array_append_val(program->steps, step);
}

/* Copy n_bytes in whole pieces; with AVX-512 four pieces are one store. */
static inline void copy_pixel(guint8 *restrict to, const guint8 *restrict from, gsize n_bytes)
{
    gsize at = 0;
    for (; at + PIECES_AT_ONCE * PIECE_BYTES <= n_bytes; at += PIECES_AT_ONCE * PIECE_BYTES)
        memcpy(to + at, from + at, PIECES_AT_ONCE * PIECE_BYTES);
    for (; at < n_bytes; at += PIECE_BYTES)
        memcpy(to + at, from + at, PIECE_BYTES);
}

/* Copy pixel p of all sources, one after the other. */
static inline void join_pixel(guint8 *out, const guint8 *const *from, const gsize *bytes,
                              gint n_sources, gsize p)
{
    for (gint i = 0; i < n_sources; i++) {
        copy_pixel(out, from[i] + p * bytes[i], bytes[i]);
        out += bytes[i];
    }
}

void leuko_program_run_concat(const LeukoProgram *program, const LeukoStep *step,
                              const guint8 *const *from, guint8 *to)
{
    const LeukoProgramRoot *target = leuko_program_root(program, (guint)step->target_root);
    const gsize plane = (gsize)target->h * target->w;
    const gint n_pixels = target->layout == dnnl_nhwc ? (gint)plane : 1,
               n_sources = step->n_args - 1;
    const gsize row = target->channels * target->element_bytes * plane / (gsize)n_pixels;
    gsize bytes[LEUKO_MAX_INPUTS];
    for (gint i = 0; i < n_sources; i++) {
        const LeukoProgramRoot *r = leuko_program_root(program, (guint)step->source_roots[i]);
        bytes[i] = r->channels * r->element_bytes * plane / (gsize)n_pixels;
    }
    if (program->worker_threads > 1) {
#pragma omp parallel for num_threads(program->worker_threads) schedule(static)
        for (gint p = 0; p < n_pixels; p++)
            join_pixel(to + (gsize)p * row, from, bytes, n_sources, (gsize)p);
    } else { /* an OpenMP region of one thread would allocate memory at each call */
        for (gint p = 0; p < n_pixels; p++)
            join_pixel(to + (gsize)p * row, from, bytes, n_sources, (gsize)p);
    }
}
