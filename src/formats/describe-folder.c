#include "formats/describe-folder.h"
#include "base/json.h"
#include "base/plural.h"
#include "data/catalog.h"
#include "data/example.h"
#include "data/shard-names.h"
#include "data/shards.h"
#include "data/tfrecord.h"
#include "formats/facts.h"
#include "formats/safetensors.h"
#include "leuko/error.h"
#include "leuko/split.h"
#include <string.h>

/* "480 images: blast 240, lymphocyte 240". */
static gchar *describe_counts(const gchar *const *classes, const guint *counts, guint n_classes)
{
    guint n = 0;
    g_autoptr(GString) each = g_string_new(NULL);
    for (guint k = 0; k < n_classes; k++) {
        n += counts[k];
        g_string_append_printf(each, "%s%s %u", k > 0 ? ", " : "", classes[k], counts[k]);
    }
    return g_strdup_printf("%u %s: %s", n, LEUKO_PLURAL(n, "image"), each->str);
}

static gboolean has_file(const char *folder, const char *name)
{
    g_autofree gchar *path = g_build_filename(folder, name, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* --- shards ----------------------------------------------------------------------------------- */

/* What the records of one split hold. */
typedef struct {
    guint n_classes;
    guint *counts;      /* (n_classes) */
    GHashTable *groups; /* a set of names */
    guint side_min, side_max;
    guint64 n_bytes;
} Split;

static void split_clear(Split *s)
{
    g_free(s->counts);
    g_clear_pointer(&s->groups, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Split, split_clear)

static gboolean count_record(Split *s, GBytes *data, const char *name, GError **error)
{
    g_auto(LeukoExample) example = {0};
    if (!leuko_shard_unpack(data, s->n_classes, &example, name, error))
        return FALSE;
    s->counts[example.label]++;
    if (*example.group)
        g_hash_table_add(s->groups, g_strdup(example.group));
    guint side = MIN(example.width, example.height);
    s->side_min = s->side_min == 0 ? side : MIN(s->side_min, side);
    s->side_max = MAX(s->side_max, side);
    s->n_bytes += g_bytes_get_size(data);
    return TRUE;
}

static gboolean count_shard(Split *s, const char *path, GError **error)
{
    g_autoptr(LeukoTfrecord) reader = leuko_tfrecord_open(path, error);
    g_autoptr(GError) why = NULL;
    GBytes *data = NULL;
    gboolean good = reader != NULL;
    while (good && leuko_tfrecord_next(reader, &data, NULL, &why)) {
        good = count_record(s, data, path, error);
        g_clear_pointer(&data, g_bytes_unref);
    }
    if (why)
        g_propagate_error(error, g_steal_pointer(&why));
    return good && !(error && *error);
}

/* "10 shards, 240 images: blast 120, lymphocyte 120; 6 groups; 96 px; 1.2 MB". */
static gboolean describe_split(const char *path, const char *name, const gchar *const *classes,
                               json_t *facts, GError **error)
{
    g_autoptr(GPtrArray) shards = leuko_shard_names(path, name, error);
    guint n_classes = g_strv_length((GStrv)classes);
    g_auto(Split) s = {.n_classes = n_classes,
                       .counts = g_new0(guint, n_classes),
                       .groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    for (guint i = 0; shards && i < shards->len; i++) {
        g_autofree gchar *shard = g_build_filename(path, shards->pdata[i], NULL);
        if (!count_shard(&s, shard, error))
            return FALSE;
    }
    if (!shards)
        return FALSE;
    guint n_groups = g_hash_table_size(s.groups);
    g_autofree gchar *images = describe_counts(classes, s.counts, n_classes);
    g_autofree gchar *groups =
        n_groups == 0 ? g_strdup("groups unknown")
                      : g_strdup_printf("%u %s", n_groups, LEUKO_PLURAL(n_groups, "group"));
    g_autofree gchar *sides = s.side_min == s.side_max
                                  ? g_strdup_printf("%u px", s.side_max)
                                  : g_strdup_printf("%u to %u px", s.side_min, s.side_max);
    leuko_facts_set(facts, name, "%u %s, %s; %s; %s; %.1f MB", shards->len,
                    LEUKO_PLURAL(shards->len, "shard"), images, groups,
                    s.side_max > 0 ? sides : "sizes unknown", (double)s.n_bytes / 1e6);
    return TRUE;
}

static gboolean has_shards(const char *path)
{
    for (gint i = 0; i < LEUKO_N_SPLITS; i++)
        if (leuko_shard_names_exist(path, leuko_split_name((LeukoSplit)i)))
            return TRUE;
    return FALSE;
}

static gboolean describe_shards(const char *path, json_t *facts, GError **error)
{
    g_auto(GStrv) classes = leuko_shard_labels(path, error);
    if (!classes)
        return FALSE;
    g_autofree gchar *list = g_strjoinv(", ", classes);
    leuko_facts_set(facts, "kind", "a folder of shards");
    leuko_facts_set(facts, "labels", "%s", list);
    for (gint i = 0; i < LEUKO_N_SPLITS; i++) {
        const char *name = leuko_split_name((LeukoSplit)i);
        if (!leuko_shard_names_exist(path, name))
            leuko_facts_set(facts, name, "none");
        else if (!describe_split(path, name, (const gchar *const *)classes, facts, error))
            return FALSE;
    }
    leuko_facts_set(facts, "split.csv", "%s",
                    has_file(path, "split.csv") ? "present"
                                                : "absent: the files of the images are not known");
    return TRUE;
}

/* --- images ----------------------------------------------------------------------------------- */

/* A folder of images whose layout is known. */
static void describe_catalog(const LeukoCatalog *c, json_t *facts)
{
    const LeukoPattern *p = &c->layout->pattern;
    gboolean by_folder = leuko_pattern_find(p, LEUKO_LEVEL_CLASS) >= 0;
    leuko_facts_set(facts, "kind", "a folder of images%s",
                    c->n_classes == 0 ? " without classes"
                    : p->n == 0       ? ", whose names give the class"
                    : !by_folder      ? ""
                    : p->n == 1       ? ", with one folder per class"
                                      : " in several levels of folders");
    if (p->n > 1)
        leuko_facts_set(facts, "layout", "%s", c->text);
    g_autofree guint *counts = g_new0(guint, c->n_classes);
    for (guint i = 0; c->n_classes > 0 && i < c->items->len; i++)
        counts[((const LeukoItem *)c->items->pdata[i])->label]++;
    g_autofree gchar *images =
        describe_counts((const gchar *const *)c->classes, counts, c->n_classes);
    if (c->n_classes > 0)
        leuko_facts_set(facts, "images", "%s", images);
    else
        leuko_facts_set(facts, "images", "%u", c->items->len);
    guint n_skipped = c->layout->walk->skipped->len;
    if (n_skipped > 0)
        leuko_facts_set(facts, "skipped", "%u %s", n_skipped, LEUKO_PLURAL(n_skipped, "file"));
}

/* FALSE without error: the folder has no images that a data set would take. */
static gboolean describe_images(const char *path, json_t *facts)
{
    const LeukoFolderOptions found_out = {.class_is_optional = TRUE};
    g_autoptr(GError) why = NULL;
    g_autoptr(LeukoCatalog) c = leuko_catalog_new(path, &found_out, &why);
    if (c) {
        describe_catalog(c, facts);
        return TRUE;
    }
    g_autoptr(LeukoWalk) walk = leuko_walk_folder(path, LEUKO_WALK_MAX_DEPTH, NULL);
    if (!walk || walk->files->len == 0)
        return FALSE;
    leuko_facts_set(facts, "kind", "a folder of images without classes");
    leuko_facts_set(facts, "images", "%u", walk->files->len);
    if (g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_AMBIGUOUS)) {
        leuko_facts_set(facts, "kind", "a folder of images whose folders have two readings");
        leuko_facts_set(facts, "layout", "%s", why->message);
    }
    return TRUE;
}

/* --- the folder of a training run ------------------------------------------------------------- */

/* A setting of the run, "?" where it is missing. */
static const char *setting(json_t *settings, const char *name)
{
    const char *value = json_string_value(json_object_get(settings, name));
    return value ? value : "?";
}

/* The settings that format 2 of a checkpoint has as an object, and format 1 as texts. */
static void describe_settings(json_t *c, json_t *facts)
{
    const char *network = json_string_value(json_object_get(c, "network"));
    json_t *settings = json_object_get(c, "settings");
    if (settings)
        leuko_facts_set(facts, "network", "inception_v3 x %s to %s, %s px",
                        setting(settings, "depth multiplier"), setting(settings, "endpoint"),
                        setting(settings, "size"));
    else
        leuko_facts_set(facts, "network", "%s", network ? network : "unknown");
}

/* " of 30", or "" where the checkpoint does not say; g_free. */
static gchar *describe_epochs(json_t *c)
{
    const char *recipe = json_string_value(json_object_get(c, "recipe"));
    const char *line = recipe ? strstr(recipe, "\nepochs = ") : NULL;
    const char *n = json_string_value(json_object_get(json_object_get(c, "settings"), "epochs"));
    n = n ? n : line ? line + strlen("\nepochs = ") : "";
    return *n ? g_strdup_printf(" of %" G_GUINT64_FORMAT, g_ascii_strtoull(n, NULL, 10))
              : g_strdup("");
}

static gboolean describe_checkpoint(const char *path, json_t *facts, GError **error)
{
    g_autofree gchar *file = g_build_filename(path, "last.checkpoint", NULL);
    g_autofree gchar *text = leuko_safetensors_peek(file, "leuko-checkpoint");
    g_autoptr(json_t) c = text ? leuko_json_parse(text, strlen(text), file, NULL) : NULL;
    if (!json_is_object(c)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: not a checkpoint of a training",
                    file);
        return FALSE;
    }
    g_autofree gchar *of = describe_epochs(c);
    leuko_facts_set(facts, "checkpoint",
                    "last.checkpoint: step %" JSON_INTEGER_FORMAT ", finished epochs: "
                    "%" JSON_INTEGER_FORMAT "%s",
                    json_integer_value(json_object_get(c, "step")),
                    json_integer_value(json_object_get(c, "epoch")), of);
    describe_settings(c, facts);
    return TRUE;
}

static gboolean is_run(const char *path)
{
    return has_file(path, "last.checkpoint") || has_file(path, "best.safetensors") ||
           has_file(path, "train.jsonl");
}

static gboolean describe_run(const char *path, json_t *facts, GError **error)
{
    leuko_facts_set(facts, "kind", "the folder of a training run");
    if (!has_file(path, "last.checkpoint"))
        leuko_facts_set(facts, "checkpoint", "none");
    else if (!describe_checkpoint(path, facts, error))
        return FALSE;
    leuko_facts_set(facts, "model", "%s",
                    has_file(path, "best.safetensors")
                        ? "best.safetensors, of the smallest validation loss so far"
                        : "none yet");
    leuko_facts_set(facts, "log", "%s", has_file(path, "train.jsonl") ? "train.jsonl" : "none");
    return TRUE;
}

gboolean leuko_folder_describe(const char *path, json_t *facts, GError **error)
{
    if (has_shards(path))
        return describe_shards(path, facts, error);
    if (is_run(path))
        return describe_run(path, facts, error);
    if (describe_images(path, facts))
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                "%s: unknown content; expected shards, images (one folder per class, or images in "
                "this folder), or the folder of a training run%s",
                path, has_file(path, "saved_model.pb") ? "; saved_model.pb in it is a model" : "");
    return FALSE;
}
