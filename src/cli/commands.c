/* The one table of commands, in the order of the work. */
#include "cli/commands.h"
#include "cli/cli.h"
#include "config.h"

const CliCommand cli_commands[] = {
    {"synth", "OUT [options]", "draw a synthetic stained smear, to teach and to test with",
     "Images of single white cells among red ones, a folder per class. The name tells the group\n"
     "(\"patient\"), whose stain, light and focus all its images share: P03_0012.jpg is of P03. "
     "The\n"
     "classes differ by shape and texture, not by color or size. OUT appears whole or not at all.",
     "  leuko synth cells --per-class 300 --groups 12\n"
     "  leuko synth cells --classes lymphocyte,neutrophil,monocyte --fields 5 --seed 11",
     cmd_synth},
    {"check", "DIR [options]", "look at a folder of images: counts, sizes, broken and double ones",
     "DIR holds a folder of images per class. Every image is read once. Doubles are found by "
     "their\n"
     "bytes and by their look: saved anew, resized, made gray, flipped or turned by quarters. "
     "Copies\n"
     "that `leuko augment` made are known and not reported.",
     "  leuko check cells\n"
     "  leuko check cells --group-by '(P[0-9]+)_' --json check.json\n"
     "  leuko check cells --audit && leuko sort cells --out shards",
     cmd_check},
    {"augment", "IN OUT [options]",
     "make more training images of a folder per class: turned, shifted, blurred, ...",
     "Each image is squashed to 299 x 299 and written again (NAME.jpg), beside it Gray-, Hist-,\n"
     "Hor-, Ver-, Gaus-, Trans-, Shear- and DEGREES-I- copies. OUT/augment.csv says what was made "
     "of\n"
     "which; `leuko sort` keeps copies on the side of their source and in training only. OUT "
     "appears\n"
     "whole or not at all, and IN is never changed.",
     "  leuko augment cells more\n"
     "  leuko augment cells more --ops reflect,rotate --rotations 8 --border 162,159,144",
     cmd_augment},
    {"sort", "DIR --out DIR [options]", "divide images into training, validation and test shards",
     "Groups (patients) are kept together first, then every class is divided as asked. Augmented "
     "copies\n"
     "follow their source and go to training only; images that look the same stay on one side. "
     "--out\n"
     "appears whole or not at all: TFRecord shards, Labels.txt, Classes.txt, split.csv.",
     "  leuko sort cells --out shards --group-by '(P[0-9]+)_' --test 0.25\n"
     "  leuko sort cells --out shards --validation 0 --test-groups P03,P07 --group-by "
     "'(P[0-9]+)_'\n"
     "  leuko sort photos --labels labels.csv --groups patients.csv --out shards",
     cmd_sort},
    {"train", "DIR --model OUT.safetensors [options]",
     "learn to tell the classes of sorted shards apart",
     "DIR holds the shards that `leuko sort` wrote. Only its training and validation parts are "
     "read.\n"
     "--tune head (the default) computes the network's features once, keeps them in the user's "
     "cache\n"
     "folder, and fits a softmax head whose prior is chosen by cross-validation inside the "
     "training\n"
     "part, by groups where each class has two or more.\n"
     "--tune ENDPOINT trains that block and all behind it, --tune all the whole network, by a "
     "recipe:\n"
     "finetune (from weights), scratch (from random ones), original (the original system's "
     "settings),\n"
     "or a file of your own. OUT.run then holds the last checkpoint, the best model, train.jsonl "
     "and\n"
     "TensorBoard's events; killed at any moment, the same command with --resume goes on, and ends "
     "in\n"
     "the same bytes.\n"
     "The decision threshold of two classes is the one of largest balanced accuracy on the "
     "validation\n"
     "part, 0.5 without one. The figures printed are of training and validation; the result is "
     "what\n"
     "`leuko eval` says of unseen groups.",
     "  leuko train shards --model blood.safetensors\n"
     "  leuko train shards --model blood.safetensors --tune Mixed_6d\n"
     "  leuko train shards --model blood.safetensors --weights inception.safetensors --endpoint "
     "Mixed_7a\n"
     "  leuko train shards --model own.safetensors --weights random --tune all --resume",
     cmd_train},
    {"features", "--weights FILE|backbone|random DIR -o FILE.npy [options]",
     "write a network's features of all images for other tools",
     "DIR is a folder per class, or shards that `leuko sort` wrote (all their parts). FILE.npy "
     "holds\n"
     "float32, one row an image in order of the file names; FILE.csv beside it says file and "
     "class.",
     "  leuko features --weights backbone cells -o cells.npy\n"
     "  leuko features --weights inception.safetensors --endpoint Mixed_6e cells -o cells.npy",
     cmd_features},
    {"eval", "MODEL DIR [options]",
     "score a model on labeled images it has not seen, with intervals",
     "DIR holds shards that `leuko sort` wrote, or a folder per class. Every figure comes with a "
     "95 %\n"
     "interval that respects groups; with fewer than 10 groups in a class a table by group stands "
     "in\n"
     "its place. Opening the test part is noted in DIR/ledger.jsonl. A model that has trained on "
     "these\n"
     "groups or images is scored with a warning.",
     "  leuko eval cells.safetensors shards\n"
     "  leuko eval cells.safetensors shards --split validation --json figures.json\n"
     "  leuko eval cells.safetensors new-cells --group-by '(P[0-9]+)_' --prevalence 0.05",
     cmd_eval},
    {"freeze", "MODEL -o FILE [options]",
     "write the model for other programs: GraphDef, checkpoint, ONNX",
     "FILE.pb is a frozen TensorFlow graph under tf-slim's names. It takes RGB images (1, S, S, 3) "
     "of\n"
     "x / 127.5 - 1 at \"input\" and answers at \"InceptionV3/Predictions/Softmax\". Classes, "
     "preprocessing\n"
     "and threshold lie beside it in FILE.pb.json. TensorFlow, OpenCV, OpenVINO and mvNCCompile "
     "read it.\n"
     "FILE.onnx (opset 13, any batch) takes planes (batch, 3, S, S), or bytes "
     "--with-preprocessing, and\n"
     "holds all of it inside. FILE.safetensors holds the tensors under slim's names, or "
     "torchvision's.\n"
     "FILE.ckpt is a TensorFlow V2 checkpoint of slim's variables: FILE.ckpt.index, its data "
     "beside it,\n"
     "and FILE.ckpt.json for the rest.",
     "  leuko freeze cells.safetensors -o AMLGraph.pb\n"
     "  leuko freeze cells.safetensors -o AMLGraph.pb --batch 0\n"
     "  leuko freeze cells.safetensors -o cells.onnx\n"
     "  leuko freeze cells.safetensors -o cells.ckpt\n"
     "  leuko freeze cells.safetensors -o torch.safetensors --names torchvision",
     cmd_freeze},
    {"verify", "A B [options]", "do two models answer the same? A is the reference",
     "A and B are models, frozen graphs or compiled graphs, in any combination. Each answers the "
     "same\n"
     "images through its own preprocessing. Between fp32 files the largest |dp| is judged; where "
     "one is\n"
     "of reduced precision, the decisions that flip, the mean |dp| and the AUC. Exit 3 where a "
     "figure is\n"
     "over its limit. The figures of the original's check tool stand below, with its limits.",
     "  leuko verify cells.safetensors AMLGraph.pb\n"
     "  leuko verify cells.safetensors AML.graph --data shards\n"
     "  leuko verify old.safetensors new.safetensors --data cells --flips 0.02 --json -",
     cmd_verify},
    {"compile", "FILE -o FILE.graph [options]",
     "make a model ready to run: folded, in int8, bf16 or fp32, checked",
     "FILE is a model (.safetensors), a frozen graph (.pb) or an ONNX model (.onnx). With "
     "--calibrate the\n"
     "network is turned to 8 bits: ranges of activations come from training images of DIR, and "
     "the\n"
     "answers are compared with fp32 on its validation part. Where more than 1 % of the decisions "
     "flip,\n"
     "the probabilities move by more than 0.01 in the mean, or the AUC loses more than 0.005, "
     "convolutions\n"
     "are kept in bf16 (in fp32 on a processor without it) block by block until they do not. A "
     "graph for\n"
     "any processor is then compared once more with the engine limited to AVX2 and to SSE4.1, on "
     "at most\n"
     "256 of the images. Where a gate does not hold, nothing is written and the exit status is 3. "
     "The\n"
     "test part is not opened. mvNCCompile's way of calling is understood.",
     "  leuko compile cells.safetensors -o AML.graph --calibrate shards\n"
     "  leuko compile AMLGraph.pb -in=input -on=InceptionV3/Predictions/Softmax -o AML.graph\n"
     "  leuko compile cells.safetensors -o fast.graph --calibrate shards --isa vnni",
     cmd_compile},
    {"classify", "MODEL PATH... [options]", "answer images, one line each",
     "PATH is an image or a folder of them. Where the truth is known, from the folder's name or "
     "from\n"
     "_1. or _0. at the end of a file's name, each answer is marked correct or incorrect. Files "
     "that\n"
     "cannot be read are named, the others still answered, and the exit status is 1.",
     "  leuko classify cells.safetensors cell.jpg\n"
     "  leuko classify cells.safetensors cells/ --csv answers.csv --low-confidence 0.9",
     cmd_classify},
    {"profile", "FILE [options]",
     "show where the time goes: MFLOP, bandwidth and time of every layer",
     "FILE is a model (.safetensors, .onnx), a frozen graph (.pb) or a compiled one (.graph). "
     "Times are of\n"
     "one image, step by step, after warming up; --batch is for the whole run. The peak is "
     "measured in\n"
     "the same run, by one large convolution in the same numbers.",
     "  leuko profile AML.graph\n"
     "  leuko profile AML.graph --batch 8 --runs 50 --html profile.html --json profile.json",
     cmd_profile},
    {"info", "FILE [options]", "say what a file is and holds, by its content",
     "Knows models, weights, graphs, shards, images and the files of other tools that look alike.",
     "  leuko info cells.safetensors\n"
     "  leuko info shards/AML_train_00000-of-00010.tfrecord --json -",
     cmd_info},
    {"weights", "list|fetch NAME|convert IN OUT.safetensors|inspect FILE [options]",
     "bring public weights here, convert other people's, look into them",
     "Files of weights are known by their content: safetensors under the names of slim, "
     "torchvision or\n"
     "timm, ONNX, TensorFlow's checkpoints (V1, and V2 by its prefix or any of its files), "
     "PyTorch's .pth,\n"
     "of which nothing is ever executed, and Keras's .h5 and .weights.h5, which a process of its "
     "own reads\n"
     "with little memory and time. list names public weights; fetch brings one (or an https "
     "address),\n"
     "takes up what was cut off and checks size and SHA-256. convert writes them under slim's "
     "names: a\n"
     "model, with its classifier, or weights for `leuko train`.\n"
     "inspect tells every tensor, and what is missing for which endpoint.",
     "  leuko weights list\n"
     "  leuko weights fetch torchvision\n"
     "  leuko weights convert inception_v3_google-0cc3c7bd.pth imagenet.safetensors\n"
     "  leuko weights convert my_model.weights.h5 mine.safetensors\n"
     "  leuko weights inspect inception_v3.ckpt --json tensors.json",
     cmd_weights},
    {"answers", "GRAPH SHARDS [options]", NULL, /* hidden: cli/elsewhere.h */
     "For `leuko compile`: a graph's answers on validation images, a line of probabilities each.",
     "  ONEDNN_MAX_CPU_ISA=SSE41 leuko answers AML.graph shards --images 16", cmd_answers},
    {NULL},
};
