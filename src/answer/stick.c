#include "answer/stick.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/json.h"
#include "base/plural.h"
#include "formats/model-json.h"
#include "formats/numbers.h"
#include "formats/sniff.h"
#include <dlfcn.h>
#include <math.h>
#include <string.h>

/* The functions of NCS API v1 that Leuko uses. Each returns a status, 0 for OK. */
enum { OK = 0, MYRIAD_ERROR = -11, OPTION_DEBUG_INFO = 1001, NAME_BYTES = 100 };
typedef struct {
    int (*get_device_name)(int index, char *name, unsigned int name_bytes);
    int (*open_device)(const char *name, void **device);
    int (*close_device)(void *device);
    int (*allocate_graph)(void *device, void **graph, const void *file, unsigned int n_bytes);
    int (*deallocate_graph)(void *graph);
    int (*get_graph_option)(void *graph, int option, void *data, unsigned int *n_bytes);
    int (*load_tensor)(void *graph, const void *tensor, unsigned int n_bytes, void *user);
    int (*get_result)(void *graph, void **tensor, unsigned int *n_bytes, void **user);
} Mvnc;

struct LeukoStick {
    Mvnc api;
    void *library, *device, *graph;
    gchar *path;
    LeukoModel *model;
    guint16 *input; /* (S, S, 3) half */
    float *hwc, *answer;
};

static const char *status_text(int status)
{
    static const char *const texts[] = {
        [1] = "the stick is busy: another program uses it",
        [2] = "the stick's library reports an internal error",
        [3] = "the stick or its library is out of memory",
        [4] = "no stick is plugged in, or this user has no access to it (see NCSDK's udev rules)",
        [5] = "the stick's library rejects a parameter",
        [6] = "the stick does not answer: unplug it, plug it in and try again",
        [7] = "the stick's firmware (MvNCAPI.mvcmd) is missing: reinstall NCSDK v1",
        [8] = "the stick has no result",
        [9] = "the stick was unplugged or lost power",
        [10] = "the stick cannot run this graph: recompile it with the library's version of NCSDK",
        [11] = "the stick's processor reports an error",
    };
    return status < 0 && status >= -11 ? texts[-status]
                                       : "the stick's library returned an unknown status";
}

/* `when` names the operation that failed. */
static gboolean failed(const LeukoStick *s, int status, const char *when, GError **error)
{
    char debug[256] = "";
    unsigned int n = sizeof debug - 1;
    if (status == MYRIAD_ERROR && s->graph &&
        s->api.get_graph_option(s->graph, OPTION_DEBUG_INFO, debug, &n) != OK)
        debug[0] = '\0';
    g_autofree gchar *detail = leuko_one_line(debug);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "%s: %s (%s: status %d)%s%s", s->path,
                status_text(status), when, status, *detail ? ": " : "", detail);
    return FALSE;
}

static gboolean load_library(LeukoStick *s, GError **error)
{
    const char *own = g_getenv("LEUKO_MVNC");
    const char *const names[] = {own ? own : "libmvnc.so.0", own ? own : "libmvnc.so"};
    for (guint i = 0; i < G_N_ELEMENTS(names) && !s->library; i++)
        s->library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!s->library) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: the stick's library %s is not on this machine: install Intel's NCSDK v1, "
                    "or set the environment variable LEUKO_MVNC to the library's path",
                    s->path, own ? own : "libmvnc.so");
        return FALSE;
    }
    const struct {
        const char *name;
        void *function; /* address of the pointer to set */
    } symbols[] = {
        {"mvncGetDeviceName", &s->api.get_device_name},
        {"mvncOpenDevice", &s->api.open_device},
        {"mvncCloseDevice", &s->api.close_device},
        {"mvncAllocateGraph", &s->api.allocate_graph},
        {"mvncDeallocateGraph", &s->api.deallocate_graph},
        {"mvncGetGraphOption", &s->api.get_graph_option},
        {"mvncLoadTensor", &s->api.load_tensor},
        {"mvncGetResult", &s->api.get_result},
    };
    for (guint i = 0; i < G_N_ELEMENTS(symbols); i++) {
        void *found = dlsym(s->library, symbols[i].name);
        if (!found) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                        "%s: the stick's library has no %s: it is not a library of NCS API v1",
                        s->path, symbols[i].name);
            return FALSE;
        }
        memcpy(symbols[i].function, &found, sizeof found); /* POSIX: a function fits a void * */
    }
    return TRUE;
}

static gboolean start_graph(LeukoStick *s, GError **error)
{
    char name[NAME_BYTES] = "";
    gchar *bytes;
    gsize n;
    if (!leuko_read_file(s->path, &bytes, &n, error))
        return FALSE;
    g_autofree gchar *owned = bytes;
    int status = s->api.get_device_name(0, name, sizeof name);
    if (status != OK)
        return failed(s, status, "finding a stick", error);
    status = s->api.open_device(name, &s->device);
    if (status != OK) {
        s->device = NULL;
        return failed(s, status, "opening the stick", error);
    }
    status = s->api.allocate_graph(s->device, &s->graph, bytes, (unsigned int)n);
    if (status != OK) {
        s->graph = NULL;
        return failed(s, status, "loading the graph", error);
    }
    return TRUE;
}

/* Send one image as half floats, channels last, and wait for the probabilities: *answer, borrowed
 * until the next call. */
static gboolean run_graph(LeukoStick *s, guint side, const float *x_chw, const float **answer,
                          guint *n_answers, GError **error)
{
    gsize plane = (gsize)side * side;
    void *result = NULL, *user = NULL;
    unsigned int n_bytes = 0;
    for (gsize p = 0; p < plane; p++)
        for (guint c = 0; c < LEUKO_CHANNELS; c++)
            s->hwc[p * LEUKO_CHANNELS + c] = x_chw[c * plane + p];
    leuko_float_to_half(s->hwc, s->input, LEUKO_CHANNELS * plane);
    int status = s->api.load_tensor(
        s->graph, s->input, (unsigned int)(LEUKO_CHANNELS * plane * sizeof *s->input), NULL);
    if (status != OK)
        return failed(s, status, "sending an image", error);
    status = s->api.get_result(s->graph, &result, &n_bytes, &user);
    if (status != OK)
        return failed(s, status, "waiting for the result", error);
    if (!result || n_bytes < 4 || n_bytes % 2 != 0 || n_bytes > 2 * 100000) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: the stick returned %u %s, expected 2 for each class", s->path, n_bytes,
                    LEUKO_PLURAL(n_bytes, "byte"));
        return FALSE;
    }
    *n_answers = n_bytes / 2;
    s->answer = g_renew(float, s->answer, *n_answers);
    leuko_half_to_float(result, s->answer, *n_answers);
    for (guint k = 0; k < *n_answers; k++)
        if (!isfinite(s->answer[k])) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "%s: the stick returned a probability that is not a finite number",
                        s->path);
            return FALSE;
        }
    *answer = s->answer;
    return TRUE;
}

static LeukoModel *read_side_file(const char *json_path, GError **error)
{
    g_autoptr(json_t) json = leuko_json_load(json_path, error);
    return json ? leuko_model_from_json(json, json_path, error) : NULL;
}

static LeukoModel *guess_model(const char *json_path, guint n_classes)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.n_classes = n_classes;
    LeukoModel *m = leuko_model_new(&spec);
    m->preprocess = leuko_preprocess_default(spec.side_px);
    m->classes = g_new0(gchar *, n_classes + 1);
    for (guint k = 0; k < n_classes; k++)
        m->classes[k] = g_strdup_printf("%u", k);
    g_autofree gchar *note =
        g_strdup_printf("%s does not exist: the classes are named 0 to %u, and the whole image is "
                        "resized to %u x %u",
                        json_path, n_classes - 1, spec.side_px, spec.side_px);
    leuko_model_set_note(m, note);
    return m;
}

/* Run one gray image, to check the graph and to find its number of classes. */
static gboolean find_model(LeukoStick *s, GError **error)
{
    g_autofree gchar *json_path = g_strconcat(s->path, ".json", NULL);
    gboolean has_file = g_file_test(json_path, G_FILE_TEST_EXISTS);
    if (has_file && !(s->model = read_side_file(json_path, error)))
        return FALSE;
    guint side = has_file ? s->model->spec.side_px : leuko_net_spec_default().side_px, n_classes;
    gsize n = (gsize)LEUKO_CHANNELS * side * side;
    g_autofree float *gray = g_new0(float, n);
    const float *answer;
    s->input = g_new(guint16, n);
    s->hwc = g_new(float, n);
    if (!run_graph(s, side, gray, &answer, &n_classes, error))
        return FALSE;
    if (!has_file)
        s->model = guess_model(json_path, n_classes);
    if (s->model->spec.n_classes == n_classes)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: %u %s, but the stick returns %u",
                json_path, s->model->spec.n_classes,
                leuko_plural(s->model->spec.n_classes, "class", "classes"), n_classes);
    return FALSE;
}

LeukoStick *leuko_stick_open(const char *path, GError **error)
{
    LeukoFileKind kind = leuko_sniff_file(path, error);
    if (kind == LEUKO_FILE_ABSENT)
        return NULL;
    if (kind != LEUKO_FILE_NCS_V1) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: the stick runs graphs that mvNCCompile of NCSDK v1 compiled from a frozen "
                    "graph; this is %s",
                    path, leuko_file_kind_text(kind));
        return NULL;
    }
    g_autoptr(LeukoStick) s = g_new0(LeukoStick, 1);
    s->path = g_strdup(path);
    return load_library(s, error) && start_graph(s, error) && find_model(s, error)
               ? g_steal_pointer(&s)
               : NULL;
}

void leuko_stick_free(LeukoStick *s)
{
    if (!s)
        return;
    if (s->graph)
        s->api.deallocate_graph(s->graph);
    if (s->device)
        s->api.close_device(s->device);
    if (s->library)
        dlclose(s->library);
    leuko_model_free(s->model);
    g_free(s->path);
    g_free(s->input);
    g_free(s->hwc);
    g_free(s->answer);
    g_free(s);
}

const LeukoModel *leuko_stick_model(const LeukoStick *s) { return s->model; }

gboolean leuko_stick_run(LeukoStick *s, const float *x_chw, float *logits, GError **error)
{
    const float *answer;
    guint n_answers;
    if (!run_graph(s, s->model->spec.side_px, x_chw, &answer, &n_answers, error))
        return FALSE;
    if (n_answers != s->model->spec.n_classes) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: the stick returned %u %s when it was opened, and %u now", s->path,
                    s->model->spec.n_classes,
                    leuko_plural(s->model->spec.n_classes, "class", "classes"), n_answers);
        return FALSE;
    }
    for (guint k = 0; k < n_answers; k++)
        logits[k] = logf(MAX(answer[k], 1e-8f)); /* the least positive half is 6e-8 */
    return TRUE;
}
