/* A second plan over the same primitives and weights. oneDNN's primitives hold no state of a run
 * (scratchpads are ours): memory objects, arena and stream are what each thread needs for itself. */
#include "engine/plan-internal.h"
#include "leuko/error.h"
#include <string.h>

static gboolean copy_step(const LeukoPlan *plan, const LeukoStep *from, LeukoStep *to,
                          GError **error)
{
    *to = *from;
    to->name = g_strdup(from->name);
    to->args = NULL;
    to->n_args = 0;
    for (int a = 0; a < from->n_args; a++) {
        const dnnl_memory_desc_t *md = NULL;
        if (!leuko_dnnl_ok(dnnl_memory_get_memory_desc(from->args[0][a].memory, &md), error, "%s",
                           from->name) ||
            !leuko_step_add_arg(plan, to, from->args[0][a].arg, md, from->where[a], error))
            return FALSE;
    }
    return TRUE;
}

static gboolean own_results(LeukoPlan *plan, GError **error)
{
    gsize batch = plan->options.batch, n_classes = leuko_net_spec(plan->net)->n_classes;
    gsize n_channels = leuko_net_feature_channels(plan->net);
    plan->features = leuko_dnnl_alloc(batch * n_channels * sizeof(float), error);
    if (n_classes > 0 && plan->features) {
        plan->logits = leuko_dnnl_alloc(batch * n_classes * sizeof(float), error);
        plan->probabilities =
            plan->logits ? leuko_dnnl_alloc(batch * n_classes * sizeof(float), error) : NULL;
    }
    return plan->features && (n_classes == 0 || plan->probabilities);
}

LeukoPlan *leuko_plan_share(LeukoPlan *plan, GError **error)
{
    LeukoPlan *base = plan->base ? plan->base : plan;
    g_autoptr(LeukoPlan) out = g_new0(LeukoPlan, 1);
    *out = *base; /* what is shared stays; what is its own follows */
    g_atomic_int_inc(&base->n_holders);
    out->base = base;
    out->arena = NULL;
    out->arena_bytes = 0;
    out->bound = FALSE;
    out->features = out->logits = out->probabilities = NULL;
    out->streams = NULL;
    out->team = NULL;
    out->kept = g_array_new(FALSE, TRUE, sizeof(LeukoKept));
    out->roots = g_array_copy(base->roots);
    out->steps = g_array_new(FALSE, TRUE, sizeof(LeukoStep));
    out->sums = g_new(double, (gsize)base->n_lanes * base->n_sums);
    if (!leuko_plan_make_streams(out, error) || !own_results(out, error))
        return NULL;
    for (guint i = 0; i < base->steps->len; i++) {
        g_array_set_size(out->steps, i + 1);
        if (!copy_step(out, &g_array_index(base->steps, LeukoStep, i),
                       &g_array_index(out->steps, LeukoStep, i), error))
            return NULL;
    }
    return leuko_plan_bind(out, error) ? g_steal_pointer(&out) : NULL;
}
