#include "engine/program.h"
#include "engine/processor.h"
#include "engine/program-float.h"
#include "engine/program-memory.h"
#include "engine/program-parts.h"
#include "leuko/error.h"

static gboolean check_options(const LeukoProgramOptions *options, GError **error)
{
    if (options->batch < 1 || options->batch > 256) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "batch of %u images: must be 1 to 256", options->batch);
        return FALSE;
    }
    g_assert(options->precision != LEUKO_PRECISION_AUTO); /* the caller chooses */
    if (options->precision == LEUKO_BF16 && !leuko_processor_has_bf16()) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "bf16 needs AVX-512, but the instruction set in use is %s; use fp32",
                    leuko_processor_isa_name());
        return FALSE;
    }
    if (options->precision == LEUKO_INT8) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "int8 needs calibrated ranges; compile the model first");
        return FALSE;
    }
    return TRUE;
}

LeukoProgram *leuko_program_new_in_layout(const LeukoNet *net, const LeukoParams *params,
                                          const LeukoProgramOptions *options,
                                          gboolean channels_last, GError **error)
{
    /* a slice of a channels-last tensor is strided; no fast kernel reads or writes it */
    const LeukoLowerOptions how = {
        .align = 16, .merge = !channels_last, .commute_pools = TRUE, .in_place = !channels_last};
    if (!check_options(options, error) ||
        !leuko_params_check_shapes(params, net, "parameters", error))
        return NULL;
    g_autoptr(LeukoProgram) program = g_new0(LeukoProgram, 1);
    if (!leuko_program_prepare(program, net, options, &how, error))
        return NULL;
    program->channels_last = channels_last;
    int before = leuko_dnnl_set_threads((int)program->worker_threads);
    gboolean ok = leuko_program_build_float(program, params, error) &&
                  leuko_program_copy_head(program, params, error);
    leuko_dnnl_set_threads(before);
    if (!ok)
        return NULL;
    program->memory = leuko_memory_plan_new(program, NULL, 0);
    return g_steal_pointer(&program);
}

/* With AMX, bf16 reaches a fifth of the speed on blocked tensors. */
LeukoProgram *leuko_program_new(const LeukoNet *net, const LeukoParams *params,
                                const LeukoProgramOptions *options, GError **error)
{
    return leuko_program_new_in_layout(
        net, params, options, leuko_processor_wants_channels_last(options->precision), error);
}

LeukoProgram *leuko_program_ref(LeukoProgram *program)
{
    g_atomic_ref_count_inc(&program->n_refs);
    return program;
}

static void free_steps(GArray *steps)
{
    for (guint i = 0; i < steps->len; i++) {
        LeukoStep *step = &g_array_index(steps, LeukoStep, i);
        if (step->primitive)
            dnnl_primitive_destroy(step->primitive);
        if (step->desc)
            dnnl_primitive_desc_destroy(step->desc);
        g_free(step->name);
    }
    g_array_unref(steps);
}

void leuko_program_unref(LeukoProgram *program)
{
    if (!program || !g_atomic_ref_count_dec(&program->n_refs))
        return;
    free_steps(program->steps);
    if (program->constants)
        g_array_unref(program->constants);
    g_array_unref(program->roots);
    for (guint i = 0; program->layer_scale && i < leuko_net_n_layers(program->net); i++)
        g_free(program->layer_scale[i]);
    g_free(program->layer_scale);
    leuko_memory_plan_free(program->memory);
    leuko_lowered_free(program->lowered);
    leuko_net_free(program->net);
    leuko_dnnl_free(program->weights);
    leuko_dnnl_free(program->head_weights);
    g_free(program->head_bias);
    g_free(program);
}

guint leuko_program_n_steps(const LeukoProgram *program) { return program->steps->len; }

guint leuko_program_step_threads(const LeukoProgram *program) { return program->worker_threads; }

gsize leuko_program_weights_bytes(const LeukoProgram *program) { return program->weights_bytes; }

void leuko_program_step(const LeukoProgram *program, guint index, LeukoProgramStep *out)
{
    g_assert(index < program->steps->len);
    const LeukoStep *step = &g_array_index(program->steps, LeukoStep, index);
    dnnl_data_type_t type =
        step->desc ? leuko_dnnl_desc_type(leuko_dnnl_query(step->desc, dnnl_query_src_md, 0))
                   : leuko_program_root(program, (guint)step->target_root)->type;
    *out = (LeukoProgramStep){.name = step->name,
                              .precision = type == dnnl_bf16  ? LEUKO_BF16
                                           : type == dnnl_f32 ? LEUKO_FP32
                                                              : LEUKO_INT8,
                              .kernel = step->desc ? leuko_dnnl_kernel(step->desc) : "copy",
                              .kind = step->kind,
                              .flop = step->flop,
                              .bytes = step->bytes};
}
