#include "engine/speed-cache.h"
#include "base/cache-folder.h"
#include "base/crc32c.h"
#include "base/io-error.h"
#include "base/json.h"
#include "engine/dnnl.h"
#include "engine/processor.h"
#include "leuko/error.h"
#include <string.h>
#include <sys/utsname.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* Increment when the probe changes (measures anew on every machine). */
enum { PROBE_VERSION = 1, FORMAT = 1 };

/* A ratio outside these limits is not a measurement. */
static const double least_ratio = 1e-3, largest_ratio = 1e3;

/* "AMD EPYC (family/model/stepping a00f11)"; g_free. Read from the processor: /proc/cpuinfo takes
 * milliseconds on a machine with many cores. */
static gchar *processor_name(void)
{
#if defined(__x86_64__)
    union {
        unsigned words[12];
        char text[48];
    } brand = {{0}};
    unsigned signature = 0, b, c, d;
    __get_cpuid(1, &signature, &b, &c, &d);
    for (unsigned i = 0; i < 3; i++) {
        unsigned *w = &brand.words[4 * i];
        __get_cpuid(0x80000002u + i, &w[0], &w[1], &w[2], &w[3]);
    }
    g_autofree gchar *copy = g_strndup(brand.text, sizeof brand.text);
    g_autofree gchar *name = g_utf8_make_valid(g_strstrip(copy), -1);
    return g_strdup_printf("%s (family/model/stepping %x)", name, signature);
#else
    struct utsname system = {0};
    uname(&system);
    return g_strdup(system.machine);
#endif
}

/* The members of the file that say which processor it is of. */
static json_t *identity(void)
{
    g_autofree gchar *processor = processor_name();
    return json_pack("{s:i, s:s, s:s, s:s, s:i}", "format", FORMAT, "processor", processor, "isa",
                     leuko_processor_isa_name(), "onednn", leuko_dnnl_version(), "probe",
                     PROBE_VERSION);
}

static gchar *file_path(json_t *own)
{
    g_autofree gchar *folder = leuko_cache_folder("speed"), *text = leuko_json_to_line(own);
    g_autofree gchar *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    g_autofree gchar *name = g_strdup_printf("speed-%.16s.json", hash);
    return g_build_filename(folder, name, NULL);
}

static gboolean refuse(const char *path, const char *what, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: %s", path, what);
    return FALSE;
}

static json_t *checksum(json_t *speeds)
{
    g_autofree gchar *text = leuko_json_to_line(speeds);
    return json_integer(leuko_crc32c(text, strlen(text)));
}

/* Every member of `own` must be in the file, and every speed must be a ratio. */
static gboolean check(json_t *json, json_t *own, const char *path, GError **error)
{
    const char *key;
    json_t *value, *speeds = json_object_get(json, "speed");
    if (!json_is_object(speeds))
        return refuse(path, "holds no speeds", error);
    json_object_foreach(own, key, value)
    {
        if (!json_equal(value, json_object_get(json, key)))
            return refuse(path, "holds the speeds of another processor or library", error);
    }
    json_object_foreach(speeds, key, value)
    {
        double ratio = json_number_value(value);
        if (!json_is_number(value) || !(ratio >= least_ratio && ratio <= largest_ratio))
            return refuse(path, "holds a speed that is not possible", error);
    }
    json_t *stored = json_object_get(json, "crc32c"); /* absent: of an earlier version */
    g_autoptr(json_t) expected = checksum(speeds);
    if (stored && !json_equal(stored, expected))
        return refuse(path, "is damaged: wrong checksum", error);
    return TRUE;
}

/* The speeds in the file: new reference, empty without a file. *note: what is wrong with it. */
static json_t *load_speeds(const char *path, json_t *own, gchar **note)
{
    g_autoptr(GError) error = NULL;
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return json_object();
    g_autoptr(json_t) json = leuko_json_load(path, &error);
    if (json && check(json, own, path, &error))
        return json_incref(json_object_get(json, "speed"));
    *note = g_strdup_printf("%s; the speed of this processor is measured again", error->message);
    return json_object();
}

/* Not base/durable.h, whose fsync takes longer than the probe on some disks: a file that a crash
 * leaves incomplete is measured again. */
static gboolean write_file(const char *path, const char *text, GError **error)
{
    g_autofree gchar *folder = g_path_get_dirname(path);
    g_autoptr(GError) why = NULL;
    if (g_mkdir_with_parents(folder, 0700) != 0)
        return leuko_fail_io(folder, "create this folder for the measured speeds", error);
    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &why))
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: cannot store the measured speeds: %s",
                path, why->message);
    return FALSE;
}

/* Without success nothing is lost but the time of the next probe; *note says so. */
static void store(const char *path, json_t *own, json_t *speeds, gchar **note)
{
    g_autoptr(GError) error = NULL;
    json_object_set(own, "speed", speeds);
    json_object_set_new(own, "crc32c", checksum(speeds));
    g_autofree gchar *line = leuko_json_to_line(own), *text = g_strconcat(line, "\n", NULL);
    if (write_file(path, text, &error))
        return;
    g_free(*note); /* what was wrong with the file before matters less */
    *note = g_strdup_printf(
        "WARNING: %s; the speed of this processor is measured each time that it is needed",
        error->message);
}

double leuko_speed_ratio(LeukoSpeedKind kind, gchar **note)
{
    g_autoptr(json_t) own = identity();
    g_autofree gchar *path = file_path(own);
    *note = NULL;
    g_autoptr(json_t) speeds = load_speeds(path, own, note);
    double known = json_number_value(json_object_get(speeds, leuko_speed_name(kind)));
    if (known > 0)
        return known;
    LeukoSpeed speed = leuko_speed_measure(kind);
    if (speed.steady && speed.ratio >= least_ratio && speed.ratio <= largest_ratio) {
        json_object_set_new(speeds, leuko_speed_name(kind), json_real(speed.ratio));
        store(path, own, speeds, note);
    }
    return speed.ratio;
}
