#include "formats/weights/known.h"
#include "base/error.h"
#include <string.h>

#define TF         "https://storage.googleapis.com/download.tensorflow.org/models/"
#define OMZ        "https://docs.openvino.ai/2020.4/omz_models_public_googlenet_v3_googlenet_v3.html"
#define CARD(name) "https://huggingface.co/timm/inception_v3." name
#define TIMM(name)                                                                                 \
    "https://huggingface.co/timm/inception_v3." name "/resolve/main/model.safetensors"

const LeukoKnownWeights leuko_known_weights[] = {
    {"slim", TF "inception_v3_2016_08_28.tar.gz", 0, NULL, "Apache-2.0", OMZ,
     "tf-slim, ImageNet, 1001 classes: a V1 checkpoint"},
    {"slim-frozen", TF "inception_v3_2016_08_28_frozen.pb.tar.gz", 88668554,
     "7045b72a954af4dce36346f478610acdccbf149168fa25c78e54e32f0c723d6d", "Apache-2.0", OMZ,
     "the weights of slim as a frozen graph"},
    {"torchvision", "https://download.pytorch.org/models/inception_v3_google-0cc3c7bd.pth",
     108949747, "0cc3c7bd75056d25e46cba549dc184522069b81e9787eff6df84f397bd52a5ef",
     "not stated (the code: BSD-3-Clause; terms of the data set may apply)",
     "https://docs.pytorch.org/vision/stable/models",
     "torchvision, ImageNet, 1000 classes, with the auxiliary head: .pth"},
    {"keras",
     "https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/"
     "inception_v3_weights_tf_dim_ordering_tf_kernels.h5",
     96112376, "00c9ea4e4762f716ac4d300d6d9c2935639cc5e4d139b5790d765dcbeea539d0",
     "not stated (the code: Apache-2.0)", "https://keras.io/api/applications/",
     "Keras, ImageNet, 1000 classes: .h5"},
    {"timm-tv", TIMM("tv_in1k"), 0, NULL, "Apache-2.0", CARD("tv_in1k"),
     "timm: torchvision's weights as safetensors"},
    {"timm-tf", TIMM("tf_in1k"), 0, NULL, "Apache-2.0", CARD("tf_in1k"),
     "timm: slim's weights as safetensors"},
    {"timm-tf-adv", TIMM("tf_adv_in1k"), 0, NULL, "Apache-2.0", CARD("tf_adv_in1k"),
     "timm: trained against adversarial images, as safetensors"},
    {"timm-gluon", TIMM("gluon_in1k"), 0, NULL, "Apache-2.0", CARD("gluon_in1k"),
     "timm: MXNet Gluon's, trained on inputs normalized with ImageNet's mean and deviation"},
    {NULL},
};

const LeukoKnownWeights *leuko_known_weights_find(const char *name)
{
    for (const LeukoKnownWeights *k = leuko_known_weights; k->name; k++)
        if (strcmp(k->name, name) == 0)
            return k;
    return NULL;
}

json_t *leuko_known_weights_json(void)
{
    json_t *list = json_array();
    for (const LeukoKnownWeights *k = leuko_known_weights; k->name; k++)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:s?, s:s, s:s, s:s}", "name", k->name, "address",
                            k->address, "bytes",
                            k->n_bytes ? json_integer((json_int_t)k->n_bytes) : json_null(),
                            "sha256", k->sha256, "license", k->license, "license_page",
                            k->license_page, "what", k->description));
    return list;
}

static gboolean is_sha256(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64;
}

gboolean leuko_known_weights_choose(const char *name, const char *sha256, LeukoKnownWeights *chosen,
                                    GError **error)
{
    gboolean is_address = strstr(name, "://") != NULL;
    const LeukoKnownWeights *known = is_address ? NULL : leuko_known_weights_find(name);
    g_autofree gchar *shown = leuko_one_line(name);
    *chosen = known ? *known : (LeukoKnownWeights){name, name, 0, sha256, "", "", ""};
    if (!known && !is_address)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "%s: unknown name of weights", shown);
    else if (sha256 && known)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: a SHA-256 can be given for an address only, not for a name", shown);
    else if (sha256 && !is_sha256(sha256))
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: the expected SHA-256 must have 64 hexadecimal digits", shown);
    else
        return TRUE;
    return FALSE;
}
