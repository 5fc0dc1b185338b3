#include "hdf5/keras.h"
#include "hdf5/answer.h"
#include <ctype.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_DEPTH = 16,
    MAX_LINKS = 65536,
    MAX_LIST_BYTES = 16 << 20,
    MAX_LISTS = 1000,
    MAX_PATH = 1024
};

static struct {
    uint64_t n_values_left;
    uint64_t n_links, n_tensors, n_layers, n_ignored;
    char why[200]; /* libhdf5's last error message */
} state;

/* --- errors of libhdf5 ---------------------------------------------------------------------- */

static herr_t keep_first(unsigned n, const H5E_error2_t *e, void *user)
{
    (void)user;
    if (n == 0 && e->desc)
        snprintf(state.why, sizeof state.why, "%s", e->desc);
    return 0;
}

/* libhdf5 calls this when a function fails, before the next call clears the reason. */
static herr_t on_error(hid_t stack, void *user)
{
    return H5Ewalk2(stack, H5E_WALK_UPWARD, keep_first, user);
}

_Noreturn static void refuse_damaged(const char *what, const char *name)
{
    answer_refusal(LEUKO_KERAS_DAMAGED, "%s%s%s%s: %s", what, *name ? " \"" : "", name,
                   *name ? "\"" : "", *state.why ? state.why : "libhdf5 gives no reason");
}

/* --- one data set --------------------------------------------------------------------------- */

static bool text_attribute(hid_t object, const char *name, char *text, size_t n_text);

/* The number type (LEUKO_KERAS_F32, ...), or -1: not floating-point. */
static int type_of(hid_t set, hid_t type, const char *name)
{
    char dtype[16] = "";
    size_t n = H5Tget_size(type);
    if (H5Tget_class(type) == H5T_OPAQUE && n == 2 &&
        text_attribute(set, "dtype", dtype, sizeof dtype))
        return strcmp(dtype, "bfloat16") == 0 ? LEUKO_KERAS_BF16 : -1;
    if (H5Tget_class(type) != H5T_FLOAT)
        return -1;
    if (n == 2 && H5Tget_ebias(type) == 127)
        return LEUKO_KERAS_BF16;
    if (n != 2 && n != 4 && n != 8)
        answer_refusal(LEUKO_KERAS_UNSUPPORTED,
                       "tensor \"%s\": %zu-byte floating-point type is not supported", name, n);
    return n == 2 ? LEUKO_KERAS_F16 : n == 4 ? LEUKO_KERAS_F32 : LEUKO_KERAS_F64;
}

/* Refuse values in another file, and unsupported compression. */
static void check_storage(hid_t set, const char *name)
{
    hid_t made = H5Dget_create_plist(set);
    if (made < 0)
        refuse_damaged("tensor", name);
    if (H5Pget_layout(made) == H5D_VIRTUAL || H5Pget_external_count(made) > 0)
        answer_refusal(LEUKO_KERAS_UNSUPPORTED,
                       "tensor \"%s\" is stored in another file, which is not opened", name);
    int n = H5Pget_nfilters(made);
    for (unsigned i = 0; n > 0 && i < (unsigned)n; i++) {
        size_t n_values = 0;
        unsigned flags, config;
        H5Z_filter_t filter = H5Pget_filter2(made, i, &flags, &n_values, NULL, 0, NULL, &config);
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE &&
            filter != H5Z_FILTER_FLETCHER32)
            answer_refusal(
                LEUKO_KERAS_UNSUPPORTED,
                "tensor \"%s\" is compressed with HDF5 filter %d; only deflate is supported", name,
                (int)filter);
    }
    H5Pclose(made);
}

/* FALSE: the data set has no values (HDF5's null space). */
static bool shape_of(hid_t set, const char *name, uint32_t *n_dims, uint64_t *dims,
                     uint64_t *n_values)
{
    hsize_t sizes[H5S_MAX_RANK];
    hid_t space = H5Dget_space(set);
    if (space < 0)
        refuse_damaged("tensor", name);
    int n = H5Sget_simple_extent_ndims(space);
    if (n > LEUKO_KERAS_MAX_DIMS)
        answer_refusal(LEUKO_KERAS_UNSUPPORTED, "tensor \"%s\" has %d dimensions, more than %d",
                       name, n, LEUKO_KERAS_MAX_DIMS);
    if (n < 0 || H5Sget_simple_extent_dims(space, sizes, NULL) < 0)
        refuse_damaged("tensor", name);
    bool none = H5Sget_simple_extent_type(space) == H5S_NULL;
    H5Sclose(space);
    *n_dims = (uint32_t)n;
    *n_values = 1;
    for (int i = 0; i < n; i++) {
        dims[i] = sizes[i];
        if (__builtin_mul_overflow(*n_values, dims[i], n_values))
            *n_values = UINT64_MAX;
    }
    if (!none && *n_values > state.n_values_left)
        answer_refusal(LEUKO_KERAS_DAMAGED,
                       "tensor \"%s\" claims %llu values, more than fit into the file", name,
                       (unsigned long long)*n_values);
    return !none;
}

/* Convert n bfloat16 values to float32 in place, from the last to the first. */
static void widen(float *values, uint64_t n)
{
    for (uint64_t i = n; i > 0; i--) {
        uint16_t half;
        memcpy(&half, (const char *)values + 2 * (i - 1), sizeof half);
        uint32_t whole = (uint32_t)half << 16;
        memcpy(&values[i - 1], &whole, sizeof whole);
    }
}

static void answer_set(hid_t set, const char *name)
{
    uint32_t n_dims;
    uint64_t dims[LEUKO_KERAS_MAX_DIMS], n_values;
    hid_t type = H5Dget_type(set);
    if (type < 0)
        refuse_damaged("tensor", name);
    int kind = type_of(set, type, name);
    if (kind < 0 || !shape_of(set, name, &n_dims, dims, &n_values)) {
        state.n_ignored++;
        H5Tclose(type);
        return;
    }
    if (++state.n_tensors > LEUKO_KERAS_MAX_TENSORS)
        answer_refusal(LEUKO_KERAS_UNSUPPORTED, "more than %d tensors", LEUKO_KERAS_MAX_TENSORS);
    state.n_values_left -= n_values;
    check_storage(set, name);
    float *values = malloc((n_values + 1) * sizeof *values);
    if (!values)
        answer_refusal(LEUKO_KERAS_NO_MEMORY, "tensor \"%s\": no memory for %llu values", name,
                       (unsigned long long)n_values);
    bool opaque = H5Tget_class(type) == H5T_OPAQUE;
    if (n_values > 0 &&
        H5Dread(set, opaque ? type : H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        refuse_damaged("tensor", name);
    if (opaque)
        widen(values, n_values);
    answer_tensor(name, (uint32_t)kind, n_dims, dims, values, n_values);
    free(values);
    H5Tclose(type);
}

/* --- links and strings ---------------------------------------------------------------------- */

static void join(char *to, const char *a, const char *b)
{
    if (snprintf(to, MAX_PATH, "%s%s%s", a, *a ? "/" : "", b) >= MAX_PATH)
        answer_refusal(LEUKO_KERAS_UNSUPPORTED, "\"%.80s...\": a name longer than %d bytes", a,
                       MAX_PATH);
}

static void check_link(const H5L_info_t *link, const char *name)
{
    if (++state.n_links > MAX_LINKS)
        answer_refusal(LEUKO_KERAS_UNSUPPORTED, "more than %d links", MAX_LINKS);
    if (link->type == H5L_TYPE_EXTERNAL)
        answer_refusal(LEUKO_KERAS_UNSUPPORTED,
                       "\"%s\" is a link to another file, which is not opened", name);
    if (link->type != H5L_TYPE_HARD)
        answer_refusal(LEUKO_KERAS_UNSUPPORTED, "\"%s\" is a soft link, which Keras never writes",
                       name);
}

/* The object at a path of hard links, or -1 if there is none. */
static hid_t open_path(hid_t from, const char *path)
{
    char part[MAX_PATH];
    hid_t at = H5Oopen(from, ".", H5P_DEFAULT);
    while (at >= 0 && *path) {
        size_t n = strcspn(path, "/");
        H5L_info_t link;
        if (n > 0 && n < sizeof part) {
            memcpy(part, path, n);
            part[n] = '\0';
            hid_t next = -1;
            if (H5Iget_type(at) == H5I_GROUP && H5Lexists(at, part, H5P_DEFAULT) > 0) {
                if (H5Lget_info(at, part, &link, H5P_DEFAULT) < 0)
                    refuse_damaged("link", part);
                check_link(&link, part);
                next = H5Oopen(at, part, H5P_DEFAULT);
            }
            H5Oclose(at);
            at = next;
        }
        path += n + (path[n] == '/');
    }
    return at;
}

typedef struct {
    char **text;
    size_t n;
} Texts;

/* Append the strings of one attribute to `to`; they have a fixed or a variable length. */
static void read_texts(hid_t object, const char *name, Texts *to)
{
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        refuse_damaged("attribute", name);
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    if (type < 0 || n < 0)
        refuse_damaged("attribute", name);
    size_t size = H5Tget_size(type);
    bool variable = H5Tis_variable_str(type) > 0;
    if (n > LEUKO_KERAS_MAX_TENSORS || size > MAX_PATH || (size_t)n * size > MAX_LIST_BYTES)
        answer_refusal(LEUKO_KERAS_UNSUPPORTED,
                       "attribute \"%s\" lists %lld strings of %zu bytes: too many", name,
                       (long long)n, size);
    if (n > 0 && H5Tget_class(type) != H5T_STRING)
        answer_refusal(LEUKO_KERAS_DAMAGED, "attribute \"%s\" is not a list of strings", name);
    if (n == 0)
        return;
    hid_t memory = H5Tcopy(H5T_C_S1);
    H5Tset_size(memory, variable ? H5T_VARIABLE : size + 1);
    H5Tset_cset(memory, H5Tget_cset(type));
    size_t n_each = variable ? sizeof(char *) : size + 1;
    char *raw = calloc((size_t)n, n_each);
    to->text = realloc(to->text, (to->n + (size_t)n) * sizeof *to->text);
    if (!raw || !to->text)
        answer_refusal(LEUKO_KERAS_NO_MEMORY, "attribute \"%s\": no memory", name);
    if (H5Aread(attribute, memory, raw) < 0)
        refuse_damaged("attribute", name);
    for (size_t i = 0; i < (size_t)n; i++) {
        const char *text = variable ? ((char **)(void *)raw)[i] : raw + i * (size + 1);
        if (!text || strnlen(text, MAX_PATH) == MAX_PATH)
            answer_refusal(LEUKO_KERAS_DAMAGED,
                           "attribute \"%s\": string %zu is missing or too long", name, i);
        to->text[to->n++] = (char *)text; /* `raw` is not freed: the process ends soon */
    }
    H5Tclose(memory);
    H5Tclose(type);
    H5Sclose(space);
    H5Aclose(attribute);
}

static bool has(hid_t object, const char *attribute) { return H5Aexists(object, attribute) > 0; }

static bool text_attribute(hid_t object, const char *name, char *text, size_t n_text)
{
    Texts texts = {0};
    text[0] = '\0';
    if (has(object, name))
        read_texts(object, name, &texts);
    if (texts.n > 0)
        snprintf(text, n_text, "%s", texts.text[0]);
    return texts.n > 0;
}

/* Read a list that may be split into several attributes. FALSE: it does not exist. */
static bool read_list(hid_t object, const char *name, Texts *to)
{
    char part[64];
    *to = (Texts){0};
    if (has(object, name)) {
        read_texts(object, name, to);
        return true;
    }
    for (int i = 0; i < MAX_LISTS; i++) {
        snprintf(part, sizeof part, "%s%d", name, i);
        if (!has(object, part))
            return i > 0;
        read_texts(object, part, to);
    }
    return true;
}

/* --- legacy --------------------------------------------------------------------------------- */

/* "conv2d_1/kernel:0" of layer conv2d_1 is conv2d_1/kernel; of layer net, net/conv2d_1/kernel. */
static void legacy_name(char *to, const char *layer, const char *weight)
{
    size_t n = strlen(layer), end = strlen(weight);
    bool named = strncmp(weight, layer, n) == 0 && weight[n] == '/';
    join(to, named ? "" : layer, weight);
    if (end > 2 && strcmp(weight + end - 2, ":0") == 0)
        to[strlen(to) - 2] = '\0';
}

static void answer_layer(hid_t root, const char *layer)
{
    Texts weights;
    char name[MAX_PATH];
    hid_t group = open_path(root, layer);
    if (group < 0)
        answer_refusal(LEUKO_KERAS_DAMAGED, "layer_names lists \"%s\", which does not exist",
                       layer);
    if (!read_list(group, "weight_names", &weights))
        answer_refusal(LEUKO_KERAS_DAMAGED, "layer \"%s\" has no weight_names", layer);
    state.n_layers += weights.n > 0;
    for (size_t i = 0; i < weights.n; i++) {
        hid_t set = open_path(group, weights.text[i]);
        if (set < 0 || H5Iget_type(set) != H5I_DATASET)
            answer_refusal(LEUKO_KERAS_DAMAGED,
                           "weight_names of layer \"%s\" lists \"%s\", which does not exist", layer,
                           weights.text[i]);
        legacy_name(name, layer, weights.text[i]);
        answer_set(set, name);
        H5Oclose(set);
    }
    free(weights.text);
    H5Oclose(group);
}

/* --- Keras 3 -------------------------------------------------------------------------------- */

typedef struct {
    const char *path;
    int depth;
} Position;

/* The class of the layer that a path ends in: "conv2d" of ".../conv2d_12". */
static void class_of(const char *path, char *to, size_t n_to)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t n = strlen(name);
    while (n > 0 && isdigit((unsigned char)name[n - 1]))
        n--;
    if (n == 0 || name[n - 1] != '_' || name[n] == '\0')
        n = strlen(name) + 1;
    snprintf(to, n_to, "%.*s", (int)(n - 1), name);
}

/* The name of variable `index` of n in a layer of this class, or NULL. */
static const char *variable_name(const char *class, long index, hsize_t n)
{
    static const char *const norm[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    static const char *const linear[] = {"kernel", "bias"};
    if (index < 0 || (hsize_t)index >= n)
        return NULL;
    /* Keras's own Inception V3 has no gamma */
    if (strcmp(class, "batch_normalization") == 0)
        return n >= 2 && n <= 4 ? norm[index + 4 - (long)n] : NULL;
    if (strcmp(class, "conv2d") == 0 || strcmp(class, "dense") == 0)
        return n <= 2 ? linear[index] : NULL;
    return NULL;
}

/* Set `to` to the tensor's name: LAYER/kernel for LAYER/vars/0, and so on. */
static void vars_name(char *to, const char *vars_path, const char *number, hsize_t n)
{
    char layer[MAX_PATH], class[64], *end;
    size_t n_path = strlen(vars_path);
    const char *variable = NULL;
    if (n_path > 5 && strcmp(vars_path + n_path - 5, "/vars") == 0) {
        snprintf(layer, sizeof layer, "%.*s", (int)(n_path - 5), vars_path);
        class_of(layer, class, sizeof class);
        long index = isdigit((unsigned char)*number) ? strtol(number, &end, 10) : -1;
        variable = index < 0 || *end ? NULL : variable_name(class, index, n);
    }
    join(to, variable ? layer : vars_path, variable ? variable : number);
}

static herr_t visit(hid_t parent, const char *name, const H5L_info_t *link, void *user)
{
    const Position *at = user;
    char path[MAX_PATH], tensor_name[MAX_PATH];
    H5G_info_t members;
    join(path, at->path, name);
    check_link(link, path);
    if (at->depth == 0 && (strncmp(name, "optimizer", 9) == 0 || strcmp(name, "metrics") == 0))
        return 0;
    if (at->depth == MAX_DEPTH)
        answer_refusal(LEUKO_KERAS_UNSUPPORTED,
                       "groups nested too deeply or in a cycle at \"%s\" (limit %d)", path,
                       MAX_DEPTH);
    hid_t object = H5Oopen(parent, name, H5P_DEFAULT);
    if (object < 0)
        refuse_damaged("object", path);
    if (H5Iget_type(object) == H5I_DATASET) {
        if (H5Gget_info(parent, &members) < 0)
            refuse_damaged("group", at->path);
        vars_name(tensor_name, at->path, name, members.nlinks);
        answer_set(object, tensor_name);
    } else if (H5Iget_type(object) == H5I_GROUP) {
        Position inside = {path, at->depth + 1};
        if (H5Gget_info(object, &members) < 0)
            refuse_damaged("group", path);
        state.n_layers += strcmp(name, "vars") == 0 && members.nlinks > 0;
        if (H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, &inside) < 0)
            refuse_damaged("group", path);
    }
    H5Oclose(object);
    return 0;
}

/* --- other HDF5 files ----------------------------------------------------------------------- */

static herr_t list_member(hid_t parent, const char *name, const H5L_info_t *link, void *user)
{
    char *list = user;
    size_t n = strlen(list);
    (void)parent, (void)link;
    snprintf(list + n, 200 - n, "%s\"%.40s\"", n ? ", " : "", name);
    return n > 100 ? 1 : 0;
}

/* Refuse files of other programs by their attributes; AnnData has a group "layers" too. */
static void refuse_signed(hid_t root)
{
    static const struct {
        const char *attribute, *what;
    } signs[] = {{"PYTABLES_FORMAT_VERSION", "a file of pandas or PyTables"},
                 {"_NCProperties", "a netCDF file"},
                 {"encoding-type", "an AnnData file"},
                 {"model_config", "a Keras model without weights"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (has(root, signs[i].attribute))
            answer_refusal(LEUKO_KERAS_UNSUPPORTED,
                           "an HDF5 file, but not Keras's weights: it is %s", signs[i].what);
}

_Noreturn static void refuse_other(hid_t root)
{
    char members[200] = "";
    if (H5Literate(root, H5_INDEX_NAME, H5_ITER_INC, NULL, list_member, members) < 0)
        refuse_damaged("group", "/");
    answer_refusal(LEUKO_KERAS_UNSUPPORTED,
                   "an HDF5 file, but not Keras's weights (no layer_names, no layers): %s%s",
                   *members ? "it holds " : "it is empty", members);
}

static void answer_writer(hid_t root, uint32_t layout)
{
    char version[64], backend[64], writer[160] = "";
    if (text_attribute(root, "keras_version", version, sizeof version))
        snprintf(writer, sizeof writer, "%s%s%s", version, has(root, "backend") ? " on " : "",
                 text_attribute(root, "backend", backend, sizeof backend) ? backend : "");
    answer_end(layout, state.n_layers, state.n_ignored, writer);
}

static bool has_member(hid_t root, const char *name)
{
    return H5Lexists(root, name, H5P_DEFAULT) > 0;
}

void keras_prepare(void)
{
    H5open();
    H5PLset_loading_state(0);
    H5Eset_auto2(H5E_DEFAULT, on_error, NULL);
}

void keras_answer(void *file, uint64_t n_bytes)
{
    Texts layers;
    state.n_values_left = leuko_keras_max_values(n_bytes);
    hid_t h5 = H5LTopen_file_image(file, n_bytes,
                                   H5LT_FILE_IMAGE_DONT_COPY | H5LT_FILE_IMAGE_DONT_RELEASE);
    hid_t top = h5 < 0 ? -1 : H5Oopen(h5, "/", H5P_DEFAULT);
    if (top < 0)
        refuse_damaged("damaged HDF5", "");
    bool whole = has_member(top, "model_weights");
    hid_t root = whole ? open_path(top, "model_weights") : top;
    if (root < 0)
        refuse_damaged("group", "model_weights");
    if (read_list(root, "layer_names", &layers)) {
        for (size_t i = 0; i < layers.n; i++)
            answer_layer(root, layers.text[i]);
        answer_writer(root, LEUKO_KERAS_LEGACY);
        return;
    }
    refuse_signed(top);
    if (!has_member(top, "layers") && !has_member(top, "vars") &&
        !has_member(top, "_layer_checkpoint_dependencies"))
        refuse_other(top);
    Position at = {"", 0};
    if (H5Literate(top, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, &at) < 0)
        refuse_damaged("group", "/");
    answer_writer(top, LEUKO_KERAS_VARS);
}
