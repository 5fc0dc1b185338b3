#include "base/durable.h"
#include "base/json.h"
#include "base/rng.h"
#include "base/stage.h"
#include "eval/cautions.h"
#include "eval/eval.h"
#include "formats/model-file.h"
#include "leuko/error.h"
#include "leuko/sort.h"
#include "network-reference.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

enum { SIDE = 75, PER_CLASS = 24, N_GROUPS = 8 };

static gchar *folder;

static gchar *in_folder(const char *name) { return g_build_filename(folder, name, NULL); }

/* A model that predicts "blast" for every image and lists the classes in reverse byte order. */
static LeukoModel *make_model(void)
{
    g_autoptr(GError) error = NULL;
    LeukoNetSpec spec = {.side_px = SIDE, .depth_multiplier = 0.0625, .n_classes = 2};
    g_strlcpy(spec.endpoint, "Mixed_5b", sizeof spec.endpoint);
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, &error);
    g_assert_no_error(error);
    LeukoModel *m = leuko_model_new(&spec);
    m->params = reference_params(net, 3);
    m->classes = g_strsplit("lymphocyte,blast", ",", -1);
    m->positive = 1;
    m->threshold = 0.3;
    const guint8 salt[LEUKO_SALT_BYTES] = {0};
    g_ptr_array_add(m->training,
                    leuko_training_list_new(LEUKO_PART_HEAD, salt, NULL, NULL, 0, 1, NULL));
    const LeukoTensor *bias =
        leuko_params_find(m->params, "InceptionV3/Logits/Conv2d_1c_1x1/biases");
    float *values = (float *)bias->data;
    values[0] = -50;
    values[1] = 50;
    return m;
}

static gchar *save_model(const LeukoModel *m, const char *name)
{
    gchar *path = in_folder(name);
    g_assert_true(leuko_model_save(m, path, NULL));
    return path;
}

/* A folder per class with PER_CLASS images of noise each, in N_GROUPS groups; no two look alike. */
static gchar *make_images(const char *name, const char *class_a, const char *class_b)
{
    gchar *root = in_folder(name);
    for (guint i = 0; i < 2 * PER_CLASS; i++) {
        g_autofree gchar *class_folder = g_build_filename(root, i % 2 ? class_a : class_b, NULL);
        g_autofree gchar *file =
            g_strdup_printf("%s/P%u_%02u.png", class_folder, i / 2 % N_GROUPS, i);
        g_autoptr(LeukoImage) image = leuko_image_new(8, 8, NULL);
        g_mkdir_with_parents(class_folder, 0777);
        LeukoRng rng;
        leuko_rng_init(&rng, 1, "images", i);
        for (guint b = 0; b < 8 * 8 * 3; b++)
            image->pixels[b] = (guint8)leuko_rng_below(&rng, 256);
        g_assert_true(leuko_image_save(image, file, NULL));
    }
    return root;
}

static gchar *make_shards(const char *images, const char *name, double validation, double test)
{
    g_autoptr(GError) error = NULL;
    gchar *out = in_folder(name);
    LeukoSortOptions o = leuko_sort_options_default();
    g_auto(LeukoSortResult) r = {0};
    o.folder.group_by = "(P[0-9])_";
    o.validation = validation;
    o.test = test;
    o.n_shards = 1;
    leuko_sort(images, out, &o, &r, &error);
    g_assert_no_error(error);
    return out;
}

static void collect_line(const LeukoProgress *p, gpointer lines)
{
    if (p->is_line)
        g_ptr_array_add(lines, g_strdup(p->note));
}

/* Run on `data`; reported lines go to `lines`, unless NULL. */
static LeukoEvalResult *run(const char *model, const char *data, const LeukoEvalOptions *options,
                            GPtrArray *lines, GError **error)
{
    LeukoReporter reporter = {lines ? collect_line : NULL, lines};
    return leuko_eval_run(model, data, options, NULL, reporter, error);
}

static guint n_ledger_lines(const char *shards)
{
    g_autofree gchar *path = g_build_filename(shards, "ledger.jsonl", NULL), *text = NULL;
    guint n = 0;
    if (g_file_get_contents(path, &text, NULL, NULL))
        for (const char *c = text; *c; c++)
            n += *c == '\n' ? 1 : 0;
    return n;
}

/* Classes are matched by name: a model that lists them in another order than the folders has the
 * right confusion matrix, in its own order. */
static void test_order_of_classes(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = make_model();
    g_autofree gchar *model = save_model(m, "order.safetensors"),
                     *data = make_images("order", "blast", "lymphocyte");
    g_autoptr(LeukoEvalResult) r = run(model, data, NULL, NULL, &error);
    g_assert_no_error(error);
    const LeukoEvaluation *e = r->evaluation;
    g_assert_null(r->split);
    g_assert_cmpstr(e->classes[1], ==, "blast");
    g_assert_cmpuint(e->confusion[0 * 2 + 1], ==, PER_CLASS); /* lymphocytes, predicted blast */
    g_assert_cmpuint(e->confusion[1 * 2 + 1], ==, PER_CLASS);
    g_assert_cmpfloat(e->sensitivity.value, ==, 1);
    g_assert_cmpfloat(e->specificity.value, ==, 0);
    g_assert_cmpfloat_with_epsilon(e->threshold, 0.3, 1e-9);
}

/* The getters give the figures of the evaluation; an unknown or inapplicable name gives FALSE. */
static void test_getters(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = make_model();
    g_autofree gchar *model = save_model(m, "getters.safetensors"),
                     *data = make_images("getters", "blast", "lymphocyte");
    LeukoEvalOptions o = leuko_eval_options_default();
    o.folder.group_by = "(P[0-9])_";
    g_autoptr(LeukoEvalResult) r = run(model, data, &o, NULL, &error);
    g_assert_no_error(error);
    LeukoEvalFigure f = {0};
    LeukoEvalImage image;
    g_assert_cmpuint(leuko_eval_result_n_images(r), ==, 2 * PER_CLASS);
    g_assert_cmpuint(leuko_eval_result_n_groups(r), ==, N_GROUPS);
    g_assert_cmpuint(leuko_eval_result_n_classes(r), ==, 2);
    g_assert_cmpstr(leuko_eval_result_class_name(r, 0), ==, "lymphocyte");
    g_assert_cmpint(leuko_eval_result_positive(r), ==, 1);
    g_assert_cmpuint(leuko_eval_result_confusion(r, 0, 1), ==, PER_CLASS);
    g_assert_true(leuko_eval_result_figure(r, "sensitivity", &f));
    g_assert_cmpfloat(f.value, ==, 1);
    g_assert_true(isnan(f.low)); /* 8 groups are too few */
    g_assert_true(leuko_eval_result_figure(r, "f1", &f));
    g_assert_cmpfloat(f.value, ==, r->evaluation->f1[1].value);
    g_assert_true(leuko_eval_result_class_figure(r, 0, "recall", &f));
    g_assert_cmpfloat(f.value, ==, 0);
    g_assert_false(leuko_eval_result_figure(r, "ppv", &f)); /* no prevalence */
    g_assert_false(leuko_eval_result_figure(r, "no such figure", &f));
    g_assert_false(leuko_eval_result_class_figure(r, 0, "kappa", &f));
    leuko_eval_result_image(r, 0, &image);
    g_assert_cmpstr(image.file, ==, "blast/P0_01.png");
    g_assert_cmpstr(image.group, ==, "P0");
    g_assert_cmpuint(image.truth, ==, 1);
    g_assert_cmpuint(image.decision, ==, 1);
}

/* Another positive class swaps sensitivity and specificity and turns the model's threshold into
 * 1 - threshold; a given threshold is that of the chosen class. */
static void test_positive(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = make_model();
    g_autofree gchar *model = save_model(m, "positive.safetensors"),
                     *data = make_images("positive", "blast", "lymphocyte");
    LeukoEvalOptions o = leuko_eval_options_default();
    o.positive = "lymphocyte";
    g_autoptr(LeukoEvalResult) r = run(model, data, &o, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(r->evaluation->sensitivity.value, ==, 0);
    g_assert_cmpfloat(r->evaluation->specificity.value, ==, 1);
    g_assert_cmpfloat_with_epsilon(r->evaluation->threshold, 0.7, 1e-9);
    o.classifier.threshold = 0.6;
    g_autoptr(LeukoEvalResult) given = run(model, data, &o, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(given->evaluation->threshold, ==, 0.6);
}

/* A class that the model lacks is refused; the message names both lists. */
static void test_unknown_class(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = make_model();
    g_autofree gchar *model = save_model(m, "unknown.safetensors"),
                     *data = make_images("unknown", "blast", "monocyte");
    g_assert_null(run(model, data, NULL, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "blast, monocyte"));
    g_assert_nonnull(strstr(error->message, "lymphocyte, blast"));
}

/* The lists of Leuko 0.1: groups P2, P5 and P99, and three images of `d`. */
static void add_old_lists(LeukoModel *m, LeukoDataset *d)
{
    json_t *images = json_array();
    for (guint i = 0; i < 3; i++) {
        g_autoptr(GBytes) bytes = leuko_dataset_read(d, i * 5, NULL);
        g_autofree gchar *sha = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
        json_array_append_new(images, json_stringn(sha, 16));
    }
    g_autoptr(json_t) old = json_pack("{s:o}", "training_pictures", images);
    json_t *groups = json_array();
    for (const char *const *g = (const char *const[]){"P2", "P5", "P99", NULL}; *g; g++) {
        g_autofree gchar *sha = g_compute_checksum_for_string(G_CHECKSUM_SHA256, *g, -1);
        json_array_append_new(groups, json_stringn(sha, 16));
    }
    json_object_set_new(old, "training_groups", groups);
    g_autoptr(GPtrArray) lists = leuko_training_lists_take(old, "old", NULL);
    g_ptr_array_add(m->training, g_ptr_array_steal_index(lists, 0));
}

/* A list with groups P2, P5 and P99, and images 0, 5 and 10 of `d`. */
static void add_list(LeukoModel *m, LeukoDataset *d, LeukoTrainedPart part)
{
    static const char *const groups[] = {"P2", "P5", "P99"};
    const guint8 salt[LEUKO_SALT_BYTES] = {(guint8)part};
    LeukoFingerprint f[3];
    for (guint i = 0; i < 3; i++) {
        g_autoptr(GBytes) bytes = leuko_dataset_read(d, i * 5, NULL);
        g_autoptr(LeukoImage) image = leuko_image_decode(g_bytes_get_data(bytes, NULL),
                                                         g_bytes_get_size(bytes), "image", NULL);
        g_assert_true(leuko_fingerprint_of(image, NULL, &f[i], NULL));
    }
    g_ptr_array_add(m->training, leuko_training_list_new(part, salt, f, groups, 3, 1, NULL));
}

/* Evaluate `m` on `data` and compare the lines of the result's warnings, of which there are two.
 * The result says which copies are recognized. */
static void check_warnings(LeukoModel *m, const char *name, const char *data,
                           const char *const *expected)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path = save_model(m, name);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    LeukoEvalOptions o = leuko_eval_options_default();
    o.folder.group_by = "(P[0-9])_";
    o.classifier.precision = LEUKO_FP32; /* asked for: no remark */
    g_autoptr(LeukoEvalResult) r = run(path, data, &o, lines, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_strv_length((GStrv)leuko_eval_result_warnings(r)), ==, 2);
    for (guint i = 0; i < 2; i++) {
        if (!strstr(r->warnings->pdata[i], expected[i]))
            g_error("%s, not: %s", (char *)r->warnings->pdata[i], expected[i]);
        g_assert_nonnull(strstr(lines->pdata[i], r->warnings->pdata[i]));
    }
    g_assert_cmpuint(lines->len, ==, 2);
    g_autoptr(json_t) json = leuko_eval_result_json(r);
    g_assert_nonnull(strstr(json_string_value(json_object_get(json, "guard")), "are recognized"));
    g_assert_cmpuint(json_array_size(json_object_get(json, "warnings")), ==, 2);
}

/* A model that was trained on a group or an image of the data is evaluated with a warning for each,
 * in the result, its JSON and the report, which names the part that was trained on them. The lists
 * of Leuko 0.1 give the old warnings. */
static void test_overlap(void)
{
    g_autofree gchar *data = make_images("overlap", "blast", "lymphocyte");
    g_autoptr(LeukoDataset) d = leuko_dataset_open_folder(data, NULL, NULL);
    g_autoptr(LeukoModel) old = make_model(), new = make_model();
    add_old_lists(old, d);
    check_warnings(old, "old.safetensors", data,
                   (const char *const[]){"2 of these groups (matched by name): the",
                                         "3 of these 48 images: the figures"});
    add_list(new, d, LEUKO_PART_HEAD);
    add_list(new, d, LEUKO_PART_BACKBONE);
    check_warnings(
        new, "new.safetensors", data,
        (const char *const[]){
            "2 of these groups (matched by name) (its head on 2, its backbone on 2): the",
            "3 of these 48 images (its head on 3, its backbone on 3): the figures"});
}

/* Without a list there is no warning; a line says so, and another one if it was removed. */
static void test_no_list(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *data = make_images("no-list", "blast", "lymphocyte");
    for (guint strip = 0; strip < 2; strip++) {
        g_autoptr(LeukoModel) m = make_model();
        g_ptr_array_set_size(m->training, 0);
        if (strip)
            leuko_model_strip_provenance(m);
        g_autofree gchar *path = save_model(m, "no-list.safetensors");
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
        LeukoEvalOptions o = leuko_eval_options_default();
        o.classifier.precision = LEUKO_FP32;
        g_autoptr(LeukoEvalResult) r = run(path, data, &o, lines, &error);
        g_assert_no_error(error);
        g_assert_null(leuko_eval_result_warnings(r)[0]);
        g_assert_cmpuint(lines->len, ==, 1);
        g_assert_nonnull(strstr(lines->pdata[0], strip ? "was removed" : "has no list"));
    }
}

/* The test split is chosen where there is one, and its use stands in the ledger with the model's
 * digest; without one validation is chosen, with a remark, and nothing is noted. */
static void test_split_and_ledger(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = make_model();
    g_autofree gchar *model = save_model(m, "split.safetensors"),
                     *images = make_images("split", "blast", "lymphocyte"),
                     *three = make_shards(images, "three", 0.25, 0.25),
                     *two = make_shards(images, "two", 0.25, 0),
                     *digest = leuko_params_digest(m->params), *text = NULL,
                     *ledger = g_build_filename(three, "ledger.jsonl", NULL);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    LeukoEvalOptions o = leuko_eval_options_default();
    o.command = "unit test";
    o.classifier.precision = LEUKO_FP32; /* asked for: no remark */
    g_autoptr(LeukoEvalResult) a = run(model, three, &o, lines, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(a->split, ==, "test");
    g_assert_cmpuint(lines->len, ==, 1);
    g_assert_cmpuint(n_ledger_lines(three), ==, 1);
    g_assert_true(g_file_get_contents(ledger, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, digest));
    g_assert_nonnull(strstr(text, "unit test"));

    o.split = "validation";
    g_autoptr(LeukoEvalResult) b = run(model, three, &o, lines, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(b->split, ==, "validation");
    g_assert_cmpuint(lines->len, ==, 1); /* asked for: no remark */
    g_assert_cmpuint(n_ledger_lines(three), ==, 1);

    o.split = NULL;
    g_autoptr(LeukoEvalResult) c = run(model, two, &o, lines, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(c->split, ==, "validation");
    g_assert_cmpuint(n_ledger_lines(two), ==, 0);
    g_assert_cmpuint(lines->len, ==, 2);
    g_assert_nonnull(strstr(lines->pdata[1], "no test split"));
}

/* The precision that a model ran in and its reason stand in the JSON; where it was chosen, a remark
 * names both. */
static void test_precision(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = make_model();
    g_autofree gchar *model = save_model(m, "precision.safetensors"),
                     *data = make_images("precision", "blast", "lymphocyte");
    LeukoEvalOptions o = leuko_eval_options_default();
    for (guint k = 0; k < 2; k++) {
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
        o.classifier.precision = k == 0 ? LEUKO_PRECISION_AUTO : LEUKO_FP32;
        g_autoptr(LeukoEvalResult) r = run(model, data, &o, lines, &error);
        g_assert_no_error(error);
        g_autoptr(json_t) json = leuko_eval_result_json(r);
        const char *name = json_string_value(json_object_get(json, "precision")),
                   *reason = json_string_value(json_object_get(json, "precision_reason"));
        g_autofree gchar *line = g_strdup_printf("precision: %s (%s)", name, reason);
        g_assert_cmpuint(lines->len, ==, k == 0 ? 1 : 0);
        if (k == 0)
            g_assert_cmpstr(lines->pdata[0], ==, line);
        else
            g_assert_cmpstr(line, ==, "precision: fp32 (as requested)");
    }
}

/* A test split whose ledger cannot be written is not evaluated. */
static void test_ledger_error(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = make_model();
    g_autofree gchar *model = save_model(m, "ledger.safetensors"),
                     *images = make_images("ledger", "blast", "lymphocyte"),
                     *shards = make_shards(images, "no-ledger", 0.25, 0.25),
                     *ledger = g_build_filename(shards, "ledger.jsonl", NULL);
    g_unlink(ledger);
    g_mkdir(ledger, 0777);
    g_assert_null(run(model, shards, NULL, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
}

/* Options that do not fit the data or the model are LEUKO_ERROR_ARGUMENT. */
static void test_arguments(void)
{
    g_autoptr(LeukoModel) m = make_model();
    g_autofree gchar *model = save_model(m, "arguments.safetensors"),
                     *images = make_images("arguments", "blast", "lymphocyte"),
                     *shards = make_shards(images, "arguments-shards", 0.25, 0);
    for (guint i = 0; i < 4; i++) {
        g_autoptr(GError) error = NULL;
        LeukoEvalOptions o = leuko_eval_options_default();
        if (i == 0)
            o.positive = "monocyte";
        else if (i == 1)
            o.split = "test"; /* of a folder per class */
        else if (i == 2)
            o.folder.group_by = "(P[0-9])_"; /* of shards */
        else
            o.prevalence = 1.5;
        g_assert_null(run(model, i == 2 ? shards : images, &o, NULL, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    }
}

/* The table has one row per image, with the truth by name. */
static void test_csv(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = make_model();
    g_autofree gchar *model = save_model(m, "csv.safetensors"),
                     *data = make_images("csv", "blast", "lymphocyte");
    g_autoptr(LeukoEvalResult) r = run(model, data, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autofree gchar *csv = leuko_eval_result_to_csv(r);
    g_auto(GStrv) rows = g_strsplit(csv, "\n", -1);
    g_assert_cmpstr(rows[0], ==, "file,group,truth,decided,p(lymphocyte),p(blast)");
    g_assert_true(g_str_has_prefix(rows[1], "blast/P0_01.png,,blast,blast,0.000000,1.000000"));
    g_assert_true(g_str_has_prefix(rows[2 * PER_CLASS], "lymphocyte/"));
    g_assert_nonnull(strstr(rows[2 * PER_CLASS], ",,lymphocyte,blast,"));
}

/* Where simulations found intervals outside 93 to 97 %, the text says what they held; from 30
 * groups in a class, and 50 for figures near an end, it says nothing. */
static void test_coverage_text(void)
{
    static const struct {
        guint n_groups;
        double value;
        const char *text; /* that it has; NULL: no text */
    } cases[] = {
        {14, 0.8, "14 groups in a class, 95 % intervals held the true value in 90 to 97 %"},
        {15, 0.8, "in 92 to 98 %"},
        {29, 0.8, "in 92 to 98 %"},
        {30, 0.8, NULL},
        {30, 0.95, "in 93 to 97 % of cases, and 87 to 99 % for figures above 0.9"},
        {50, 0.95, NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint n_groups[2] = {cases[i].n_groups, cases[i].n_groups};
        LeukoMetric recall[2] = {{.value = 0.8, .low = 0.7, .high = 0.9},
                                 {.value = 0.8, .low = 0.7, .high = 0.9}};
        const LeukoEvaluation e = {.n_classes = 2,
                                   .n_groups = 2 * cases[i].n_groups,
                                   .class_n = n_groups,
                                   .class_groups = n_groups,
                                   .accuracy = {.value = cases[i].value, .low = 0.7, .high = 0.99},
                                   .recall = recall};
        g_autofree gchar *text = leuko_coverage_text(&e);
        g_assert_true(cases[i].text ? text && strstr(text, cases[i].text) : !text);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-eval-XXXXXX", NULL);
    g_test_add_func("/eval/order-of-classes", test_order_of_classes);
    g_test_add_func("/eval/getters", test_getters);
    g_test_add_func("/eval/positive", test_positive);
    g_test_add_func("/eval/unknown-class", test_unknown_class);
    g_test_add_func("/eval/overlap", test_overlap);
    g_test_add_func("/eval/no-list", test_no_list);
    g_test_add_func("/eval/split-and-ledger", test_split_and_ledger);
    g_test_add_func("/eval/precision", test_precision);
    g_test_add_func("/eval/ledger-error", test_ledger_error);
    g_test_add_func("/eval/arguments", test_arguments);
    g_test_add_func("/eval/csv", test_csv);
    g_test_add_func("/eval/coverage-text", test_coverage_text);
    int status = g_test_run();
    leuko_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
