/* Any bytes are read as a compiled graph whose tensors lie inside the bytes and fit its network;
 * or an error of our domain whose message is one line is reported. */
#include "formats/graph.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    g_autoptr(LeukoGraph) g = leuko_graph_parse(bytes, "fuzz", &error);
    if (!g) {
        fuzz_check_error(error);
        return 0;
    }
    g_assert_no_error(error);
    g_autoptr(LeukoNet) net = leuko_net_new(&g->model->spec, &error);
    g_assert_no_error(error);
    double sum = 0; /* reads every value, so that a sanitizer detects a range that is too long */
    for (guint i = 0; i < g->n_convs; i++) {
        const LeukoQuantizedConv *c = &g->convs[i];
        gsize n = (gsize)c->oc * c->ic * c->kh * c->kw;
        g_assert_true(leuko_net_find(net, c->layer) >= 0);
        for (gsize k = 0; k < n; k++) {
            g_assert_true(c->raised || c->weights[k] >= -127);
            sum += c->raised ? (double)c->real_weights[k] : c->weights[k];
        }
        for (guint o = 0; o < c->oc; o++) {
            g_assert_true(c->raised || c->weight_scale[o] > 0);
            sum += (double)c->bias[o] + (double)c->output_scale[o];
            g_assert_true(c->output_scale[o] > 0);
        }
    }
    if (g->precision == LEUKO_INT8)
        g_assert_true(leuko_params_check_head(g->model->params, net, "fuzz", NULL));
    else
        g_assert_true(leuko_params_check(g->model->params, net, "fuzz", NULL));
    for (guint i = 0; i < leuko_params_n_tensors(g->model->params); i++) {
        const LeukoTensor *t = leuko_params_nth(g->model->params, i);
        for (gsize k = 0; k < t->n_values; k++)
            sum += (double)t->data[k];
    }
    volatile double used = sum;
    (void)used;
    return 0;
}
