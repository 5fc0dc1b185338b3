#include "base/json.h"
#include "formats/model-file.h"
#include "formats/training-fields.h"
#include "formats/training-tensors.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>

static const guint8 salt[LEUKO_SALT_BYTES] = "sixteen bytes..";

static void make_fingerprints(LeukoFingerprint *out, guint n)
{
    for (guint i = 0; i < n; i++)
        for (guint b = 0; b < LEUKO_FINGERPRINT_BYTES; b++)
            out[i].bytes[b] = (guint8)(i * 37 + b * 5);
}

static LeukoTrainingList *make_list(LeukoTrainedPart part)
{
    static const char *const groups[] = {"Ivanova", "", "Petrov", "Ivanova", ""};
    LeukoFingerprint f[5];
    make_fingerprints(f, 5);
    f[4] = f[1]; /* the same image twice */
    LeukoTrainingList *l = leuko_training_list_new(part, salt, f, groups, 5, 2, NULL);
    g_assert_nonnull(l);
    return l;
}

/* A list holds each image and group once, ascending, with digests that the salt changes; a group is
 * found by its slow hash. */
static void test_new(void)
{
    g_autoptr(LeukoTrainingList) l = make_list(LEUKO_PART_HEAD);
    LeukoFingerprint f[5];
    make_fingerprints(f, 5);
    g_assert_cmpuint(l->n_images, ==, 4);
    g_assert_cmpuint(l->n_groups, ==, 2);
    const guint8 *images = g_bytes_get_data(l->images, NULL);
    for (guint i = 1; i < 4; i++)
        g_assert_cmpint(memcmp(images + (i - 1) * 64, images + i * 64, 64), <, 0);
    for (guint i = 0; i < 4; i++) {
        guint8 salted[LEUKO_DIGEST_BYTES];
        g_assert_false(leuko_training_has(l->images, 64, f[i].bytes, sizeof salted));
        leuko_digest_with_salt(f[i].bytes, salt, salted);
        g_assert_true(leuko_training_has(l->images, 64, salted, sizeof salted));
    }
    static const char *const names[] = {"Petrov", "petrov"};
    guint8 hashes[2][LEUKO_SLOW_HASH_BYTES];
    g_assert_true(leuko_slow_hash(names, 2, salt, 1, hashes[0], NULL));
    g_assert_true(leuko_training_has(l->groups, 16, hashes[0], 16));
    g_assert_false(leuko_training_has(l->groups, 16, hashes[1], 16));
}

static GPtrArray *take(const char *provenance, GError **error)
{
    g_autoptr(json_t) json = leuko_json_parse(provenance, strlen(provenance), "p", error);
    g_assert_nonnull(json);
    return leuko_training_lists_take(json, "FILE", error);
}

/* Lists come back from JSON as they were; in the other form without their images. */
static void test_json(void)
{
    g_autoptr(GPtrArray) lists =
        g_ptr_array_new_with_free_func((GDestroyNotify)leuko_training_list_free);
    g_ptr_array_add(lists, make_list(LEUKO_PART_NETWORK));
    g_ptr_array_add(lists, leuko_training_list_copy(lists->pdata[0], LEUKO_PART_BACKBONE));
    for (guint apart = 0; apart < 2; apart++) {
        g_autoptr(json_t) json = json_pack("{s:i, s:o}", "seed", 5, "training",
                                           leuko_training_lists_to_json(lists, apart != 0));
        g_autoptr(GPtrArray) back = leuko_training_lists_take(json, "FILE", NULL);
        g_assert_cmpuint(json_object_size(json), ==, 1); /* the seed */
        g_assert_cmpuint(back->len, ==, 2);
        LeukoTrainingList *l = back->pdata[1];
        g_assert_cmpint(l->part, ==, LEUKO_PART_BACKBONE);
        g_assert_cmpuint(l->n_images, ==, 4);
        g_assert_true((l->images == NULL) == (apart != 0));
        if (apart)
            l->images = g_bytes_ref(((LeukoTrainingList *)lists->pdata[1])->images);
        g_assert_true(leuko_training_list_equal(l, lists->pdata[1]));
    }
}

/* The lists of Leuko 0.1 are read; what is no digest is ignored, as that version did. */
static void test_old(void)
{
    g_autoptr(GPtrArray) lists =
        take("{\"training_pictures\": [\"ba7816bf8f01cfea\", \"0011223344556677\", 5, \"x\"], "
             "\"training_groups\": [\"ba7816bf8f01cfea\"]}",
             NULL);
    g_assert_cmpuint(lists->len, ==, 1);
    const LeukoTrainingList *l = lists->pdata[0];
    g_assert_cmpuint(l->version, ==, 1);
    g_assert_cmpint(l->part, ==, LEUKO_PART_UNKNOWN);
    g_assert_cmpuint(l->n_images, ==, 2);
    g_assert_cmpuint(l->n_groups, ==, 1);
    guint8 abc[LEUKO_OLD_DIGEST_BYTES]; /* printf abc | sha256sum */
    leuko_training_old_digest("abc", 3, abc);
    g_assert_true(leuko_training_has(l->images, sizeof abc, abc, sizeof abc));
    g_assert_true(leuko_training_has(l->groups, sizeof abc, abc, sizeof abc));
    g_autoptr(GPtrArray) none = take("{\"training_pictures\": []}", NULL);
    g_assert_cmpuint(none->len, ==, 0);
}

#define SALT       "\"salt\": \"000102030405060708090a0b0c0d0e0f\""
#define LIST(rest) "{\"training\": [{\"version\": 2, \"part\": \"head\", " SALT ", " rest "}]}"

/* Damaged lists are refused with one line that says where; a later version is kept as it is. */
static void test_damaged(void)
{
    static const struct {
        const char *provenance, *message;
    } bad[] = {
        {"{\"training\": 5}", "FILE: \"training\" must be a list"},
        {"{\"training\": [7]}", "FILE: training list 0: must be an object"},
        {"{\"training\": [{\"version\": 0}]}", "FILE: training list 0: \"version\""},
        {"{\"training\": [{\"version\": \"2\"}]}", "FILE: training list 0: \"version\""},
        {"{\"training\": [{\"version\": 2, \"part\": \"tail\", " SALT
         ", \"n_images\": 0, \"n_groups\": 0, \"groups\": \"\", \"images\": \"\"}]}",
         "\"part\" must be"},
        {"{\"training\": [{\"version\": 2, \"part\": \"head\", \"salt\": \"00\", "
         "\"n_images\": 0, \"n_groups\": 0}]}",
         "\"salt\" must be 32 hex digits"},
        {LIST("\"n_images\": 1, \"n_groups\": 0, \"groups\": \"\", \"images\": \"AAAA\""),
         "\"images\" has the length 3, but \"n_images\" is 1, of length 64 each"},
        {LIST("\"n_images\": 1, \"n_groups\": 0, \"groups\": \"\", \"images\": \"A-AA\""),
         "\"images\" must be base64"},
        {LIST("\"n_images\": 1, \"n_groups\": 0, \"groups\": \"\", \"images\": \"AA=A\""),
         "\"images\" must be base64"},
        {LIST("\"n_images\": 0, \"n_groups\": 1, \"groups\": \"AAA\", \"images\": \"\""),
         "\"groups\" must be base64"},
        {LIST("\"n_images\": 0, \"n_groups\": -1, \"groups\": \"\", \"images\": \"\""), "n_groups"},
        {LIST("\"n_images\": 0, \"n_groups\": 0, \"images\": \"\""), "groups"},
        {LIST("\"n_images\": 0, \"n_groups\": 0, \"groups\": \"\", \"images\": 5"), "images"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(take(bad[i].provenance, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        if (!strstr(error->message, bad[i].message))
            g_error("%zu: %s", i, error->message);
        g_assert_null(strchr(error->message, '\n'));
    }
    g_autoptr(GPtrArray) later = take("{\"training\": [{\"version\": 3, \"new\": true}]}", NULL);
    g_assert_cmpuint(later->len, ==, 1);
    g_autoptr(json_t) again = leuko_training_lists_to_json(later, TRUE);
    g_assert_true(json_is_true(json_object_get(json_array_get(again, 0), "new")));
}

static LeukoModel *make_model(void)
{
    LeukoNetSpec spec = {.side_px = 75, .depth_multiplier = 0.0625, .n_classes = 2};
    g_strlcpy(spec.endpoint, "Mixed_5b", sizeof spec.endpoint);
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, NULL);
    LeukoModel *m = leuko_model_new(&spec);
    m->params = leuko_params_new_random(net, 5, NULL);
    m->classes = g_strsplit("a,b", ",", -1);
    g_ptr_array_add(m->training, make_list(LEUKO_PART_HEAD));
    return m;
}

/* A safetensors model has the images in a tensor, which the loaded list shares; one of another
 * shape is refused, and without the tensor the model loads and the list has no images. */
static void test_tensor(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-training-XXXXXX", NULL),
                     *path = g_build_filename(folder, "m.safetensors", NULL), *text = NULL;
    g_autoptr(LeukoModel) m = make_model();
    gsize n;
    g_assert_true(leuko_model_save(m, path, &error));
    g_autoptr(LeukoModel) back = leuko_model_load(path, &error);
    g_assert_no_error(error);
    g_assert_true(leuko_training_list_equal(back->training->pdata[0], m->training->pdata[0]));

    g_assert_true(g_file_get_contents(path, &text, &n, NULL));
    gchar *stamp = g_strstr_len(text + 8, (gssize)n - 8, "leuko_crc32c");
    g_assert_nonnull(stamp);
    memcpy(stamp, "another_name", 12); /* no checksums */
    gchar *shape = g_strstr_len(text + 8, (gssize)n - 8, "[4,64]");
    g_assert_nonnull(shape);
    memcpy(shape, "[64,4]", 6);
    g_assert_true(g_file_set_contents(path, text, (gssize)n, NULL));
    g_assert_null(leuko_model_load(path, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, "\"leuko/training_images/0\" must be U8, (4, 64)"));
    memcpy(shape, "[4,64]", 6);
    memcpy(g_strstr_len(text + 8, (gssize)n - 8, "leuko/training_images/0"),
           "leuko/training_images/7", 23);
    g_assert_true(g_file_set_contents(path, text, (gssize)n, NULL));
    g_clear_error(&error);
    g_autoptr(LeukoModel) without = leuko_model_load(path, &error);
    g_assert_no_error(error);
    g_assert_null(((LeukoTrainingList *)without->training->pdata[0])->images);
    g_unlink(path);
    g_rmdir(folder);
}

/* The items of a protobuf message give lists their images; another number of items, or of bytes, is
 * refused, and without items the lists stay without images. */
static void test_fields(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) lists =
        g_ptr_array_new_with_free_func((GDestroyNotify)leuko_training_list_free);
    g_ptr_array_add(lists, make_list(LEUKO_PART_HEAD));
    LeukoTrainingList *l = lists->pdata[0];
    g_autoptr(GBytes) images = g_bytes_ref(l->images);
    g_autofree ProtobufCBinaryData *items = leuko_training_fields(lists);
    g_assert_cmpuint(items[0].len, ==, 4 * LEUKO_FINGERPRINT_BYTES);
    g_clear_pointer(&l->images, g_bytes_unref);
    g_assert_null(leuko_training_fields(lists));
    g_assert_true(leuko_training_fields_attach(lists, NULL, 0, "FILE", &error));
    g_assert_null(l->images);
    g_assert_false(leuko_training_fields_attach(lists, items, 2, "FILE", &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_clear_error(&error);
    items[0].len--;
    g_assert_false(leuko_training_fields_attach(lists, items, 1, "FILE", &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_assert_cmpstr(error->message, ==,
                    "FILE: training list 0: the training images take 255 bytes (expected 4 x 64)");
    g_clear_error(&error);
    items[0].len++;
    g_assert_true(leuko_training_fields_attach(lists, items, 1, "FILE", &error));
    g_assert_true(g_bytes_equal(l->images, images));
}

/* Stripping leaves the version and a note; nothing of the training. */
static void test_strip(void)
{
    g_autoptr(LeukoModel) m = make_model();
    json_object_set_new(m->provenance, "dataset", json_string("abc"));
    json_object_set_new(m->provenance, "note", json_string("the classes are not named"));
    leuko_model_strip_provenance(m);
    g_assert_cmpuint(m->training->len, ==, 0);
    g_assert_cmpuint(json_object_size(m->provenance), ==, 2);
    g_assert_true(json_is_true(json_object_get(m->provenance, LEUKO_PROVENANCE_STRIPPED)));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/training-list/new", test_new);
    g_test_add_func("/training-list/json", test_json);
    g_test_add_func("/training-list/old", test_old);
    g_test_add_func("/training-list/damaged", test_damaged);
    g_test_add_func("/training-list/tensor", test_tensor);
    g_test_add_func("/training-list/fields", test_fields);
    g_test_add_func("/training-list/strip", test_strip);
    return g_test_run();
}
