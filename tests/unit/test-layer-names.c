/* Covers src/formats/layer-names*.c and foreign.c: the names of tensors, and their mapping to
 * slim. */
#include "formats/foreign.h"
#include "formats/layer-names.h"
#include "formats/model-file.h"
#include "formats/safetensors.h"
#include "formats/weights/read.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>

static void add(LeukoParams *p, const char *name, guint n_dims, const gsize *dims, float first)
{
    float *out;
    g_assert_true(leuko_params_add(p, name, n_dims, dims, &out, NULL));
    out[0] = first;
}

static LeukoNet *small_net(guint n_classes)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.depth_multiplier = 0.1;
    spec.n_classes = n_classes;
    return leuko_net_new(&spec, NULL);
}

/* slim's names to torchvision's and back: every value to the bit; a gamma of ones where there
 * was none. */
static void test_round_trip(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoNet) net = small_net(5);
    g_autoptr(LeukoParams) params = leuko_params_new_random(net, 3, &error);
    g_autoptr(LeukoParams) torch =
        leuko_layer_names_from_slim(params, LEUKO_LAYER_NAMES_TORCHVISION, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(leuko_params_n_tensors(torch), ==, 94 * 5 + 2);
    LeukoForeign found;
    g_autoptr(LeukoParams) back = leuko_layer_names_to_slim(torch, "test", &found, &error);
    g_assert_no_error(error);
    g_assert_cmpint(found.names, ==, LEUKO_LAYER_NAMES_TORCHVISION);
    g_assert_true(found.pool_includes_padding && found.transform_input);
    g_assert_cmpuint(found.n_classes, ==, 5);
    for (guint i = 0; i < leuko_params_n_tensors(params); i++) {
        const LeukoTensor *a = leuko_params_nth(params, i), *b = leuko_params_find(back, a->name);
        g_assert_nonnull(b);
        g_assert_true(memcmp(a->dims, b->dims, sizeof a->dims) == 0);
        g_assert_true(memcmp(a->data, b->data, a->n_values * sizeof *a->data) == 0);
    }
    const LeukoTensor *gamma =
        leuko_params_find(back, "InceptionV3/Mixed_6b/Branch_1/Conv2d_0b_1x7/BatchNorm/gamma");
    g_assert_nonnull(gamma);
    g_assert_cmpfloat(gamma->data[0], ==, 1);
}

/* Kernels and batch norms under Keras's names; the first value of each says which row of the
 * table it is. `number` gives a row's number in the file. */
static LeukoParams *keras_tensors(guint (*number)(guint row), const char *prefix)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, NULL);
    LeukoParams *p = leuko_params_new();
    for (guint row = 0; row < LEUKO_LAYER_NAMES_N_CONVS; row++) {
        const LeukoLayer *l =
            leuko_net_layer(net, (guint)leuko_net_find(net, leuko_layer_names_convs[row].slim));
        const gsize dims[] = {l->kernel_h, l->kernel_w, l->in_channels, l->out_channels};
        g_autofree gchar *n = number(row) ? g_strdup_printf("_%u", number(row)) : g_strdup("");
        g_autofree gchar *kernel = g_strdup_printf("%sconv2d%s/kernel", prefix, n);
        g_autofree gchar *norm = g_strdup_printf("%sbatch_normalization%s/", prefix, n);
        g_autofree gchar *beta = g_strconcat(norm, "beta", NULL),
                         *mean = g_strconcat(norm, "moving_mean", NULL);
        g_autofree gchar *variance = g_strconcat(norm, "moving_variance", NULL);
        add(p, kernel, 4, dims, (float)row);
        add(p, beta, 1, dims + 3, (float)row + 100);
        add(p, mean, 1, dims + 3, (float)row + 200);
        add(p, variance, 1, dims + 3, (float)row + 300);
    }
    g_autofree gchar *head = g_strconcat(prefix, "predictions/", NULL);
    g_autofree gchar *kernel = g_strconcat(head, "kernel", NULL),
                     *bias = g_strconcat(head, "bias", NULL);
    add(p, kernel, 2, (const gsize[]){2048, 1000}, 7);
    add(p, bias, 1, (const gsize[]){1000}, 8);
    return p;
}

static guint as_created(guint row) { return row; }
static guint second_in_session(guint row) { return 94 + row; }
static guint as_saved_by_keras3(guint row) { return leuko_layer_names_convs[row].keras3; }

/* Keras's numbers, from 0 or from elsewhere, in order of creation or as Keras 3 saves them, all
 * lead to the same layers; pools without padding. */
static void test_keras(void)
{
    const struct {
        guint (*number)(guint row);
        const char *prefix;
    } files[] = {{as_created, ""},
                 {second_in_session, ""},
                 {as_saved_by_keras3, ""},
                 {as_created, "model/inception_v3/"}};
    for (gsize f = 0; f < G_N_ELEMENTS(files); f++) {
        g_autoptr(GError) error = NULL;
        LeukoForeign found;
        g_autoptr(LeukoParams) tensors = keras_tensors(files[f].number, files[f].prefix);
        g_autoptr(LeukoParams) slim = leuko_layer_names_to_slim(tensors, "test", &found, &error);
        g_assert_no_error(error);
        g_assert_cmpint(found.names, ==, LEUKO_LAYER_NAMES_KERAS);
        g_assert_false(found.pool_includes_padding);
        g_assert_cmpuint(found.n_classes, ==, 1000);
        const char *const variables[] = {"weights", "BatchNorm/beta", "BatchNorm/moving_mean",
                                         "BatchNorm/moving_variance"};
        for (guint row = 0; row < LEUKO_LAYER_NAMES_N_CONVS; row++)
            for (guint v = 0; v < 4; v++) {
                g_autofree gchar *name = g_strdup_printf(
                    "InceptionV3/%s/%s", leuko_layer_names_convs[row].slim, variables[v]);
                g_assert_cmpfloat(leuko_params_find(slim, name)->data[0], ==,
                                  (float)(row + 100 * v));
            }
        LeukoNetSpec spec;
        g_assert_true(leuko_foreign_spec(slim, "test", &spec, &error));
        g_autoptr(LeukoNet) net = leuko_net_new(&spec, &error);
        g_assert_true(leuko_params_check(slim, net, "test", &error));
    }
}

/* The only dense layer is the classifier, whatever its maker called it; of two, neither, and both
 * are named. */
static void test_keras_head(void)
{
    for (guint n_dense = 1; n_dense <= 2; n_dense++) {
        g_autoptr(GError) error = NULL;
        LeukoForeign found;
        g_autoptr(LeukoParams) tensors = keras_tensors(as_created, "");
        leuko_params_remove(tensors, "predictions/kernel");
        leuko_params_remove(tensors, "predictions/bias");
        for (guint i = 0; i < n_dense; i++) {
            g_autofree gchar *kernel = g_strdup_printf("cells%u/kernel", i),
                             *bias = g_strdup_printf("cells%u/bias", i);
            add(tensors, kernel, 2, (const gsize[]){2048, 5}, 7);
            add(tensors, bias, 1, (const gsize[]){5}, 8);
        }
        g_autoptr(LeukoParams) slim = leuko_layer_names_to_slim(tensors, "test", &found, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(found.n_classes, ==, n_dense == 1 ? 5 : 0);
        g_assert_cmpstr(found.head, ==, n_dense == 1 ? "cells0" : "");
        g_assert_cmpstr(found.no_head, ==,
                        n_dense == 1
                            ? ""
                            : "2 linear layers behind the network: \"cells0\" (2048 to 5), "
                              "\"cells1\" (2048 to 5)");
    }
}

/* Softmax over the outputs 0 and z of the model gives the sigmoid of Keras's one output z: its
 * weights are (0, w), and its biases (0, b). */
static void test_keras_sigmoid(void)
{
    g_autoptr(GError) error = NULL;
    LeukoForeign found;
    g_autoptr(LeukoParams) tensors = keras_tensors(as_created, "");
    leuko_params_remove(tensors, "predictions/kernel");
    leuko_params_remove(tensors, "predictions/bias");
    add(tensors, "sigmoid/kernel", 2, (const gsize[]){2048, 1}, 7);
    add(tensors, "sigmoid/bias", 1, (const gsize[]){1}, 8);
    g_autoptr(LeukoParams) slim = leuko_layer_names_to_slim(tensors, "test", &found, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(found.n_classes, ==, 1);
    g_autoptr(LeukoModel) model = leuko_foreign_model(slim, &found, "test", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(model->spec.n_classes, ==, 2);
    g_assert_cmpint(model->positive, ==, 1);
    const LeukoTensor *w = leuko_params_find(model->params, LEUKO_HEAD_WEIGHTS),
                      *b = leuko_params_find(model->params, LEUKO_HEAD_BIASES);
    g_assert_cmpuint(w->n_values, ==, 2 * 2048);
    for (gsize i = 0; i < w->n_values; i++)
        g_assert_cmpfloat(w->data[i], ==, i == 1 ? 7 : 0);
    g_assert_cmpfloat(b->data[0], ==, 0);
    g_assert_cmpfloat(b->data[1], ==, 8);
}

/* A network of Keras with more convolutions than Inception V3 is another network. */
static void test_keras_other(void)
{
    g_autoptr(GError) error = NULL;
    LeukoForeign found;
    g_autoptr(LeukoParams) tensors = keras_tensors(as_created, "");
    add(tensors, "conv2d_94/kernel", 4, (const gsize[]){1, 1, 2, 2}, 7);
    g_assert_null(leuko_layer_names_to_slim(tensors, "test", &found, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
    g_assert_nonnull(strstr(error->message, "95 convolutions"));
}

/* Other networks are refused and named; a tensor of the wrong rank is named. */
static void test_refusals(void)
{
    const struct {
        const char *name, *said;
        guint n_dims;
        LeukoErrorCode code;
    } bad[] = {
        {"encoder.layer.0.attention.self.query.weight", "looks like a transformer", 2,
         LEUKO_ERROR_UNSUPPORTED},
        {"FeatureExtractor/MobilenetV1/Conv2d_0/weights", "an object-detection network", 4,
         LEUKO_ERROR_UNSUPPORTED},
        {"layer1.0.conv1.weight", "a ResNet", 4, LEUKO_ERROR_UNSUPPORTED},
        {"x", "the first is \"x\"", 1, LEUKO_ERROR_UNSUPPORTED},
        {"Conv2d_1a_3x3.conv.weight", "has 3 dimensions, not 4", 3, LEUKO_ERROR_DATA},
        {"module.Conv2d_1a_3x3.conv.weight", "\"module.Conv2d_1a_3x3.conv.weight\" has 2", 2,
         LEUKO_ERROR_DATA},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoParams) tensors = leuko_params_new();
        LeukoForeign found;
        add(tensors, bad[i].name, bad[i].n_dims, (const gsize[]){2, 2, 2, 2}, 0);
        g_assert_null(leuko_layer_names_to_slim(tensors, "FILE", &found, &error));
        g_assert_error(error, LEUKO_ERROR, (gint)bad[i].code);
        g_assert_nonnull(strstr(error->message, bad[i].said));
    }
}

/* Optimizers' slots and averages beside slim's variables are left out. */
static void test_slots_left_out(void)
{
    LeukoForeign found;
    g_autoptr(LeukoParams) tensors = leuko_params_new();
    add(tensors, "InceptionV3/Conv2d_1a_3x3/weights", 4, (const gsize[]){3, 3, 3, 2}, 5);
    add(tensors, "InceptionV3/Conv2d_1a_3x3/weights/RMSProp", 4, (const gsize[]){3, 3, 3, 2}, 6);
    add(tensors, "global_step", 0, NULL, 7);
    g_autoptr(LeukoParams) slim = leuko_layer_names_to_slim(tensors, "test", &found, NULL);
    g_assert_cmpuint(leuko_params_n_tensors(slim), ==, 1);
    g_assert_cmpfloat(leuko_params_nth(slim, 0)->data[0], ==, 5);
}

/* The network that was fed (x / 255 - mean) / deviation and the rewritten one, fed x / 127.5 -
 * 1, have the same first layer, batch norm's mean taken off. */
static void test_fold_imagenet(void)
{
    const double mean[] = {0.485, 0.456, 0.406}, deviation[] = {0.229, 0.224, 0.225};
    g_autoptr(LeukoNet) net = small_net(0);
    g_autoptr(LeukoParams) before = leuko_params_new_random(net, 5, NULL);
    g_autoptr(LeukoParams) rewritten = leuko_params_new_random(net, 5, NULL);
    g_assert_true(leuko_foreign_fold_imagenet(rewritten, "test", NULL));
    const LeukoTensor *w0 = leuko_params_find(before, "InceptionV3/Conv2d_1a_3x3/weights");
    const LeukoTensor *m0 =
        leuko_params_find(before, "InceptionV3/Conv2d_1a_3x3/BatchNorm/moving_mean");
    const LeukoTensor *w1 = leuko_params_find(rewritten, w0->name),
                      *m1 = leuko_params_find(rewritten, m0->name);
    gsize oc = w0->dims[3];
    for (gsize o = 0; o < oc; o++) {
        double theirs = -m0->data[o], ours = -m1->data[o];
        for (gsize i = 0; i < 27; i++) { /* (kh kw ic) of one patch: byte values by formula */
            double byte = (double)(i * 37 % 256);
            theirs += w0->data[i * oc + o] * (byte / 255 - mean[i % 3]) / deviation[i % 3];
            ours += w1->data[i * oc + o] * (byte / 127.5 - 1);
        }
        g_assert_cmpfloat_with_epsilon(ours, theirs, 1e-5); /* float32 weights of about 1 */
    }
}

static gchar *save_named(guint n_classes, LeukoLayerNames names, const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoNet) net = small_net(n_classes);
    g_autoptr(LeukoParams) params = leuko_params_new_random(net, 9, &error);
    g_autoptr(LeukoParams) named = leuko_layer_names_from_slim(params, names, &error);
    gchar *path = g_build_filename(folder, "w.safetensors", NULL);
    g_assert_true(leuko_safetensors_save(named, NULL, path, &error));
    return path;
}

/* A foreign classifier is a whole model: pooling and preprocessing of its makers, slim's class 0 is
 * "background" and the others are numbered as everybody numbers them. As weights it is the
 * trunk. */
static void test_foreign_model(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-names-XXXXXX", NULL);
    g_autofree gchar *torch = save_named(4, LEUKO_LAYER_NAMES_TORCHVISION, folder);
    g_autoptr(LeukoModel) t = leuko_model_load_any(torch, &error);
    g_assert_no_error(error);
    g_assert_true(t->spec.pool_includes_padding && t->preprocess.antialias);
    g_assert_cmpfloat_with_epsilon(t->preprocess.crop_fraction, 0.874, 0.001);
    g_assert_cmpstr(t->classes[0], ==, "0");
    LeukoNetSpec spec = {0};
    g_autoptr(LeukoParams) trunk = leuko_weights_load(torch, &spec, &error);
    g_assert_no_error(error);
    g_assert_true(spec.pool_includes_padding && spec.n_classes == 0);
    g_assert_cmpstr(spec.endpoint, ==, "Mixed_7c");
    g_assert_cmpfloat(spec.depth_multiplier, ==, 0.1);

    g_autofree gchar *slim = save_named(1001, LEUKO_LAYER_NAMES_SLIM, folder);
    g_autoptr(LeukoModel) s = leuko_model_load_any(slim, &error);
    g_assert_no_error(error);
    g_assert_false(s->spec.pool_includes_padding || s->preprocess.antialias);
    g_assert_cmpstr(s->classes[0], ==, "background");
    g_assert_cmpstr(s->classes[1], ==, "0");
    g_assert_cmpstr(s->classes[1000], ==, "999");
    json_t *source = json_object_get(s->provenance, "source");
    g_assert_true(json_is_true(json_object_get(source, "background_class")));

    g_autofree gchar *headless = save_named(0, LEUKO_LAYER_NAMES_SLIM, folder);
    g_assert_null(leuko_model_load_any(headless, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_unlink(headless);
    g_rmdir(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/layer-names/round-trip", test_round_trip);
    g_test_add_func("/layer-names/keras", test_keras);
    g_test_add_func("/layer-names/keras-head", test_keras_head);
    g_test_add_func("/layer-names/keras-sigmoid", test_keras_sigmoid);
    g_test_add_func("/layer-names/keras-other", test_keras_other);
    g_test_add_func("/layer-names/refusals", test_refusals);
    g_test_add_func("/layer-names/slots-left-out", test_slots_left_out);
    g_test_add_func("/layer-names/fold-imagenet", test_fold_imagenet);
    g_test_add_func("/layer-names/foreign-model", test_foreign_model);
    return g_test_run();
}
