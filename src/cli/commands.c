/* The one table of commands, in the order of the work. */
#include "cli/commands.h"
#include "cli/cli.h"
#include "config.h"

/* One source line is one line of text. */
/* clang-format off */
const CliCommand cli_commands[] = {
    {.name = "synth",
     .arguments = "OUT [options]",
     .summary = "Generate synthetic blood smear images for demonstrations and tests",
     .description =
     "Writes images of single white blood cells among red blood cells, one folder per class.\n"
     "Each file name begins with its group (\"patient\"): P03_0012.jpg belongs to group P03. All\n"
     "images of one group share stain, illumination and focus. The classes differ in shape and\n"
     "texture, not in color or size. OUT is written completely or not at all.",
     .examples =
     "  leuko synth cells --per-class 300 --groups 12\n"
     "  leuko synth cells --classes lymphocyte,neutrophil,monocyte --fields 5 --seed 11",
     .run = cmd_synth},
    {.name = "check",
     .arguments = "DIR [options]",
     .summary = "Inspect an image folder: counts, sizes, unreadable files, duplicates",
     .description =
     "DIR holds one folder of images per class, class/patient folders, folders named train,\n"
     "validation and test with classes inside, or images with a table of labels. The layout is\n"
     "found out and printed; a tree that can be read in two ways is refused, and --layout\n"
     "decides. Every file is an image or is skipped with a reason. Images without classes, such\n"
     "as photographs of whole fields, are counted too; `leuko sort` refuses them.\n"
     "\n"
     "Duplicates are detected by content and by appearance: an image that was saved again,\n"
     "resized, converted to gray, mirrored or rotated by a quarter turn counts as a duplicate.\n"
     "Copies made by `leuko augment` are recognized and not reported.\n"
     "\n"
     "Odd are images of one color (no channel spans more than 2 of 255 levels), nearly black\n"
     "(99 % of the pixels have a luma of at most 32), nearly white (at least 245), and nearly\n"
     "without color among images with color (in 99 % of the pixels, red, green and blue differ\n"
     "by at most 12); and files with unusual samples (16 bits, floating-point, palettes,\n"
     "transparency), with pages or frames that are not used, or with a color profile other\n"
     "than sRGB, which is not applied.\n"
     "Warnings name classes with fewer than 10 images, and images whose shorter side is below\n"
     "75 px.",
     .examples =
     "  leuko check cells\n"
     "  leuko check cells --group-by '(P[0-9]+)_' --json check.json\n"
     "  leuko check photos --labels labels.csv --groups patients.csv\n"
     "  leuko check download --layout '*/class'\n"
     "  leuko check cells --audit && leuko sort cells --out shards",
     .run = cmd_check},
    {.name = "augment",
     .arguments = "IN OUT [options]",
     .summary = "Create augmented copies of training images",
     .description =
     "IN has any layout that `leuko check` knows, with or without classes; the images are those\n"
     "that `leuko check` counts. OUT gets the same folders. Each image is resized to 299 x 299\n"
     "pixels and saved as NAME.jpg. Its copies are saved beside it with a prefix: Gray-, Hist-\n"
     "(equalized), Hor- and Ver- (mirrored), Gaus- (blurred), Trans- (shifted), Shear-, and\n"
     "DEGREES-I- (rotated). OUT/augment.csv lists the source of every copy. `leuko sort` keeps\n"
     "copies in the split of their source, and in training only. IN is not changed. OUT is\n"
     "written completely or not at all.",
     .examples =
     "  leuko augment cells more\n"
     "  leuko augment cells more --ops reflect,rotate --rotations 8 --border 162,159,144",
     .run = cmd_augment},
    {.name = "sort",
     .arguments = "DIR --out DIR [options]",
     .summary = "Split a data set into training, validation and test shards",
     .description =
     "All images of one group (patient) go to the same split; the classes are then balanced\n"
     "between the splits. Augmented copies follow their source image and are used for training\n"
     "only. Images that look the same go to the same split.\n"
     "\n"
     "DIR has any layout that `leuko check` knows. In class/patient folders the patient is the\n"
     "group. Folders named train, validation and test keep their images if no group and no\n"
     "image is in two of them; --resplit divides anew. A table given with --labels or --groups\n"
     "must name every image.\n"
     "\n"
     "The output folder holds TFRecord shards, Labels.txt, Classes.txt, split.csv, and\n"
     "excluded.csv with every file that was not used and the reason. It is written completely or\n"
     "not at all.",
     .examples =
     "  leuko sort cells --out shards --group-by '(P[0-9]+)_' --test 0.25\n"
     "  leuko sort cells --out shards --validation 0 --test-groups P03,P07 --group-by "
     "'(P[0-9]+)_'\n"
     "  leuko sort photos --labels labels.csv --groups patients.csv --out shards",
     .run = cmd_sort},
    {.name = "train",
     .arguments = "DIR --model OUT.safetensors [options]",
     .summary = "Train a classifier on shards written by `leuko sort`",
     .description =
     "Only the training and validation splits are read, never the test split.\n"
     "\n"
     "With --tune head (the default), the features of all images are computed once and kept in\n"
     "the user's cache folder. A softmax classifier is then fitted to them. Cross-validation\n"
     "within the training split chooses the regularization strength, by group where each class\n"
     "has at least two groups.\n"
     "\n"
     "With --tune ENDPOINT, that block and all later blocks are trained; with --tune all, the\n"
     "whole network. The settings come from a recipe: finetune (starts from pretrained weights),\n"
     "scratch (starts from random weights), original (settings of the original system), or a\n"
     "recipe file. The folder OUT.run holds the last checkpoint, the best model, train.jsonl and\n"
     "TensorBoard events. An interrupted run continues with --resume and produces the same model\n"
     "as an uninterrupted run. --resume with more --epochs continues a finished run if its\n"
     "schedule is constant or a staircase; a cosine schedule depends on the number of epochs.\n"
     "A folder with a checkpoint is refused without --resume or --restart. One process at a time\n"
     "trains in a folder.\n"
     "\n"
     "On the validation split, probabilities are calibrated and, with two classes, the decision\n"
     "threshold is chosen as --threshold-for says; without a validation split it is 0.5. The\n"
     "fewer groups validation has, the nearer the threshold stays to the one that calibrated\n"
     "probabilities call for: 0.5, or the share of positive images if it is not a half. The model\n"
     "holds the threshold's interval. The printed figures describe training and validation. Use\n"
     "`leuko eval` to measure performance on unseen groups.",
     .examples =
     "  leuko train shards --model blood.safetensors\n"
     "  leuko train shards --model blood.safetensors --tune Mixed_6d\n"
     "  leuko train shards --model blood.safetensors --weights imagenet.safetensors --endpoint "
     "Mixed_7a\n"
     "  leuko train shards --model own.safetensors --weights random --tune all --resume",
     .uses_engine = TRUE,
     .run = cmd_train},
    {.name = "features",
     .arguments = "--weights FILE|backbone|random DIR -o FILE.npy [options]",
     .summary = "Export the network's features of all images for other tools",
     .description =
     "DIR holds one folder of images per class, or shards written by `leuko sort` (all splits are\n"
     "read). FILE.npy holds float32 values, one row per image, ordered by file name. FILE.csv\n"
     "lists the file and class of each row.",
     .examples =
     "  leuko features --weights backbone cells -o cells.npy\n"
     "  leuko features --weights imagenet.safetensors --endpoint Mixed_6e cells -o cells.npy",
     .uses_engine = TRUE,
     .run = cmd_features},
    {.name = "eval",
     .arguments = "MODEL DIR [options]",
     .summary = "Measure a model on labeled images it has not seen, with confidence intervals",
     .description =
     "DIR holds shards written by `leuko sort`, or one folder of images per class. Every figure\n"
     "has a 95 % confidence interval that respects groups. If a class has fewer than 10 groups,\n"
     "a table by group replaces the intervals. Each use of the test split is recorded in\n"
     "DIR/ledger.jsonl. A warning is printed if the model was trained on any of these groups or\n"
     "images, or if the split shares groups or copies of images with a split before it.",
     .examples =
     "  leuko eval cells.safetensors shards\n"
     "  leuko eval cells.safetensors shards --split validation --json figures.json\n"
     "  leuko eval cells.safetensors new-cells --group-by '(P[0-9]+)_' --prevalence 0.05",
     .uses_engine = TRUE,
     .run = cmd_eval},
    {.name = "crossval",
     .arguments = "DIR [options]",
     .summary = "Cross-validate the training recipe, with whole groups held out",
     .description =
     "Trains and answers in turns, so that every image is answered by a model that was trained\n"
     "without it. DIR holds shards that `leuko sort` wrote (the training and validation splits\n"
     "are used; the test split only if --splits names it, which the ledger records), or a folder\n"
     "of images in any layout that `leuko check` knows.\n"
     "\n"
     "All images of a group (patient), and all copies of an image (encoded again, resized,\n"
     "flipped, turned, shifted), are held out together. Augmented copies are trained on and not\n"
     "scored. Every setting is chosen inside the training part of a fold: the kind and the\n"
     "strength of the head by inner folds of whole groups; calibration, threshold and rule of a\n"
     "patient from the inner answers. With --l2, nothing is chosen and the threshold is 0.5.\n"
     "\n"
     "The intervals are those of one repeat and treat groups as units. Repeats divide the same\n"
     "images again: they show how much the figures depend on the division, and do not make the\n"
     "intervals narrower.\n"
     "\n"
     "With --tune, every fold trains the network. --run-folder keeps the finished folds, and the\n"
     "same command goes on where it was ended.",
     .examples =
     "  leuko crossval shards\n"
     "  leuko crossval cells --group-by '(P[0-9]+)_' --folds 10 --repeats 10 --csv answers.csv\n"
     "  leuko crossval shards --leave-one-group-out\n"
     "  leuko crossval shards --tune Mixed_7a --epochs 5 --run-folder shards.crossval",
     .uses_engine = TRUE,
     .run = cmd_crossval},
    {.name = "compare",
     .arguments = "MODEL MODEL DIR [options]",
     .summary = "Compare two models on the same labeled images: differences with intervals",
     .description =
     "Both models classify the images of DIR, each with its own decision threshold. Every\n"
     "difference (second minus first) has a 95 % confidence interval that respects groups, and\n"
     "accuracy, sensitivity, specificity and ROC-AUC have a test. Warnings and the record of the\n"
     "test split are those of `leuko eval`, once for each model.",
     .examples =
     "  leuko compare old.safetensors new.safetensors shards\n"
     "  leuko compare cells.safetensors AML.graph shards --split validation --json difference.json",
     .uses_engine = TRUE,
     .run = cmd_compare},
    {.name = "adapt",
     .arguments = "MODEL DIR -o OUT.safetensors [options]",
     .summary = "Adapt a model to another laboratory with 20 to 100 labeled cells a class",
     .description =
     "DIR holds labeled cells of the other laboratory, in any layout that `leuko check` knows, or\n"
     "shards that `leuko sort` wrote. Their classes must be classes of the model, which may have\n"
     "more; --classes translates other names. Three steps may help:\n"
     "\n"
     "  color   give the images the colors of the model's training images (Reinhard's color\n"
     "          transfer); the written model does this with every image\n"
     "  center  shift the features (what the network computes from an image) so that each class\n"
     "          has the mean that it had in training\n"
     "  head    fit the last layer to the cells; with few cells it stays near the model's own\n"
     "\n"
     "Cross-validation answers each cell twice: by the given model, and by a model that was\n"
     "adapted without the cell, its group (patient) and its copies. Folds inside the other cells\n"
     "choose the steps. A gain is shown if the 95 % interval of the difference of accuracy lies\n"
     "above 0. Otherwise no model is written, unless --write-anyway is given, and the exit status\n"
     "is 3. Cells that the model was trained on are refused.\n"
     "\n"
     "The written model is an ordinary model: classify, eval, freeze and compile take it. Its\n"
     "calibration and threshold are fitted anew. It refers no images to a person, because the\n"
     "bounds of the given model hold for its own laboratory only.",
     .examples =
     "  leuko adapt cells.safetensors new-lab -o ours.safetensors\n"
     "  leuko adapt cells.safetensors new-lab -o ours.safetensors --group-by '(P[0-9]+)_'\n"
     "  leuko adapt cells.safetensors lab -o ours.safetensors --classes lymphocyte=LY,lymph\n"
     "  leuko adapt old.safetensors new-lab -o ours.safetensors --reference shards",
     .uses_engine = TRUE,
     .run = cmd_adapt},
    {.name = "run",
     .arguments = "DIR -o OUT [options]",
     .summary = "Check, sort, train, cross-validate, report and compile in one call",
     .description =
     "DIR holds labeled images in any layout that `leuko check` knows; the options for groups and\n"
     "labels are those of `leuko sort`. OUT gets\n"
     "\n"
     "  report/report.html           the result as a page for readers: open it in a browser\n"
     "  crossval.json, crossval.csv  figures on images that were held out, and every answer\n"
     "  model.safetensors            the model, trained on the training split\n"
     "  AML.graph                    the model compiled for `leuko classify`\n"
     "  check.json                   findings: unreadable files, duplicates, odd images\n"
     "  shards                       the images, divided by group (patient)\n"
     "  commands.txt, run.json       the commands that give the same files, and notes; only the\n"
     "                               report differs, in its time and the command that it names\n"
     "\n"
     "Unreadable files are left out and named. If the data cannot carry a model (one class only,\n"
     "fewer than 10 images or 3 groups of a class, given splits that share images), the command\n"
     "stops with one sentence that says why. A run that was interrupted continues with the same\n"
     "command; finished stages are kept. If images or tables have changed since then, it is\n"
     "refused. If the folders give a test split, it is not used.",
     .examples =
     "  leuko run cells -o answer\n"
     "  leuko run cells -o answer --groups patients.csv\n"
     "  leuko run photos -o answer --labels labels.csv --group-by '(P[0-9]+)_'",
     .uses_engine = TRUE,
     .run = cmd_run},
    {.name = "explain",
     .arguments = "MODEL IMAGE...|DIR -o FILE|DIR [options]",
     .summary = "Show where in an image a model sees its class: heat maps",
     .description =
     "Draws the evidence for a class over the image: orange speaks for it, blue against it. The\n"
     "map of the model's last endpoint is a class activation map: its mean is exactly the score\n"
     "of the class, its logit minus the mean of the others, before calibration. --endpoint shows\n"
     "an earlier layer in more detail, weighted by gradients (Grad-CAM). The map says where the\n"
     "evidence is, not whether the answer is right.\n"
     "\n"
     "One image gives one figure, FILE.png; several give a new folder with a figure each. The\n"
     "heat inside the cell is compared with the heat around it: a model that looks at the\n"
     "background is not to be trusted. The cell is the dark part nearest to the center, its\n"
     "nucleus, and 0.2 of the radius around it (0.7 if it is lobed).\n"
     "\n"
     "A folder of images with classes, or shards written by `leuko sort`, give the mean map of\n"
     "each class, a sheet of the worst mistakes (wrong answers of the largest probability), a\n"
     "sheet of the most doubtful answers, and explain.csv. Use of the test split is recorded in\n"
     "the ledger.",
     .examples =
     "  leuko explain cells.safetensors cell.jpg -o cell.png\n"
     "  leuko explain cells.safetensors cell.jpg -o cell.png --class blast --endpoint Mixed_6e\n"
     "  leuko explain AML.graph new/*.jpg -o heat --json heat.json\n"
     "  leuko explain cells.safetensors shards -o explained",
     .uses_engine = TRUE,
     .run = cmd_explain},
    {.name = "stress",
     .arguments = "MODEL DIR [options]",
     .summary = "Measure when a model breaks on changed images, and whether it sees the cells",
     .description =
     "DIR is what `leuko eval` takes. The images are changed in memory, and the figures of the\n"
     "model are compared with those on the images as they are. The changes, each in several\n"
     "strengths (px: pixels of the image file):\n"
     "\n"
     "  stain          another staining: both stains stronger or weaker, or more of the blue one\n"
     "                 (hematoxylin) and less of the pink one (eosin), or the reverse, in percent\n"
     "                 (stain-stronger, stain-weaker, stain-bluer, stain-pinker)\n"
     "  brightness     more or less light, in percent (brighter, darker)\n"
     "  white-balance  red and blue shifted against each other, in percent (warmer, cooler)\n"
     "  blur           a Gaussian blur; its standard deviation in px\n"
     "  defocus        the lens out of focus: every point becomes a disk; its radius in px\n"
     "  noise          noise of the sensor; peak signal-to-noise ratio in dB: less is worse\n"
     "  jpeg           saved once more as JPEG; quality 1 to 100: less is worse\n"
     "  rotation       turned by so many degrees, to a side drawn for each image\n"
     "  scale          a lower or higher magnification, in percent (smaller, larger)\n"
     "\n"
     "Then the controls. They must find nothing, or the data gives the classes away by something\n"
     "other than the cells:\n"
     "\n"
     "  background     the cell is hidden by a box, of one size for all images, in the color of\n"
     "                 the image's border. A new head is trained and judged on such images. The\n"
     "                 same is done with the cell cut along its outline, which may still show its\n"
     "                 size and shape and so need not be at chance\n"
     "  permuted       the labels are exchanged at random between groups, and a new head is\n"
     "                 trained, 20 times or more\n"
     "  laboratories   each laboratory is held out and judged by a head that was trained on the\n"
     "                 others. --laboratory-by names them, or a column of the table of --groups:\n"
     "                 laboratory, lab, site, center, centre or hospital\n"
     "\n"
     "All draws depend on the seed and the image alone. With many images, --images makes a laptop\n"
     "finish: every condition classifies each image once. The clean row equals `leuko eval`.",
     .examples =
     "  leuko stress cells.safetensors shards --images 500\n"
     "  leuko stress cells.safetensors shards --only blur,jpeg,background --train shards\n"
     "  leuko stress cells.safetensors shards --images 500 --report stress\n"
     "  leuko stress cells.safetensors cells --groups patients.csv --only laboratories\n"
     "  leuko stress AML.graph cells --group-by '(P[0-9]+)_' --figure auc --limit 0.02\n"
     "  leuko stress cells.safetensors shards --run-folder shards.stress --json stress.json",
     .uses_engine = TRUE,
     .run = cmd_stress},
    {.name = "plan-study",
     .arguments = "[options]",
     .summary = "Tell how many patients a study needs for an interval of a wanted width",
     .description =
     "Cells of one patient resemble each other, so that more cells of the same patients narrow an\n"
     "interval less than more patients do. How alike they are (the intraclass correlation, ICC)\n"
     "comes from a pilot; without one, a table shows the effect of several values.",
     .examples =
     "  leuko plan-study --figure sensitivity --expected 0.95 --width 0.1\n"
     "  leuko eval cells.safetensors shards --csv answers.csv\n"
     "  leuko plan-study --pilot answers.csv --class blast --width 0.08 --cells 50",
     .run = cmd_plan_study},
    {.name = "freeze",
     .arguments = "MODEL -o FILE [options]",
     .summary = "Export a model for other programs: TensorFlow, ONNX, safetensors",
     .description =
     "The ending of FILE selects the format:\n"
     "\n"
     "  .pb           frozen TensorFlow graph with tf-slim's names, for TensorFlow, OpenCV,\n"
     "                OpenVINO and mvNCCompile. Input \"input\": RGB images (1, S, S, 3) scaled "
     "to\n"
     "                x / 127.5 - 1. Output: \"InceptionV3/Predictions/Softmax\". FILE.pb.json\n"
     "                holds the classes, preprocessing and threshold.\n"
     "  .onnx         ONNX, opset 13, any batch size. Input: (batch, 3, S, S), or 8-bit images\n"
     "                with --with-preprocessing. The metadata hold classes and threshold.\n"
     "  .safetensors  tensors under tf-slim's or torchvision's names\n"
     "  .ckpt         TensorFlow V2 checkpoint: FILE.ckpt.index, FILE.ckpt.data-..., and\n"
     "                FILE.ckpt.json for classes, preprocessing and threshold",
     .examples =
     "  leuko freeze cells.safetensors -o AMLGraph.pb\n"
     "  leuko freeze cells.safetensors -o AMLGraph.pb --batch 0\n"
     "  leuko freeze cells.safetensors -o cells.onnx\n"
     "  leuko freeze cells.safetensors -o cells.ckpt\n"
     "  leuko freeze cells.safetensors -o torch.safetensors --names torchvision",
     .run = cmd_freeze},
    {.name = "verify",
     .arguments = "A B [options]",
     .summary = "Compare the predictions of two models; A is the reference",
     .description =
     "A and B are models, frozen graphs or compiled graphs, in any combination. Both classify the\n"
     "same images, each with its own preprocessing. Two fp32 files must agree in every\n"
     "probability. If one file has reduced precision, three figures are checked instead: the\n"
     "share of changed decisions, the mean change of probability, and the loss of AUC. The exit\n"
     "status is 3 if a figure exceeds its limit. The figures of the original system's checking\n"
     "tool are printed too.",
     .examples =
     "  leuko verify cells.safetensors AMLGraph.pb\n"
     "  leuko verify cells.safetensors AML.graph --data shards\n"
     "  leuko verify old.safetensors new.safetensors --data cells --flips 0.02 --json -",
     .uses_engine = TRUE,
     .run = cmd_verify},
    {.name = "compile",
     .arguments = "FILE -o FILE.graph [options]",
     .summary = "Compile a model for inference (int8, bf16 or fp32) and verify its accuracy",
     .description =
     "FILE is a model (.safetensors), a frozen graph (.pb) or an ONNX model (.onnx).\n"
     "\n"
     "With --calibrate, the network is quantized to 8-bit integers. Training images determine the\n"
     "range of each activation. The compiled graph is then compared with fp32 on the validation\n"
     "split. The accuracy check passes if at most 1 % of the decisions change, the probabilities\n"
     "change by at most 0.01 on average, and the AUC falls by at most 0.005. If the check fails,\n"
     "blocks of the network are kept in bf16 (fp32 on processors without bf16), one after\n"
     "another, until it passes. A graph for any processor is also checked with the AVX2 and\n"
     "SSE4.1 instruction sets, on at most 256 images.\n"
     "\n"
     "If a check still fails, no file is written and the exit status is 3. The test split is not\n"
     "read. The speed of each precision on this processor is measured and printed.\n"
     "mvNCCompile's command-line syntax is accepted.",
     .examples =
     "  leuko compile cells.safetensors -o AML.graph --calibrate shards\n"
     "  leuko compile AMLGraph.pb -in=input -on=InceptionV3/Predictions/Softmax -o AML.graph\n"
     "  leuko compile cells.safetensors -o fast.graph --calibrate shards --isa vnni",
     .uses_engine = TRUE,
     .run = cmd_compile},
    {.name = "classify",
     .arguments = "MODEL PATH... [options]",
     .summary = "Classify images and print one line per image",
     .description =
     "PATH is an image or a folder of images. If the true class is known, each answer is marked\n"
     "correct or incorrect. A folder is read as `leuko eval` reads it: its layout, a table\n"
     "(--labels) or the digits at the end of all names (_1 for positive, _0 for negative) give\n"
     "the classes; images that `leuko eval` skips are classified too, but have no known class.\n"
     "An image that is named itself has the class of its folder's name, or of its digit.\n"
     "Unreadable images are reported, the remaining images are classified, and the exit status\n"
     "is 1.",
     .examples =
     "  leuko classify cells.safetensors cell.jpg\n"
     "  leuko classify cells.safetensors cells/ --csv answers.csv --low-confidence 0.9\n"
     "  leuko classify cells.safetensors photos --labels labels.csv --classes blast=all,1",
     .uses_engine = TRUE,
     .run = cmd_classify},
    {.name = "profile",
     .arguments = "FILE [options]",
     .summary = "Measure time, arithmetic and memory bandwidth of every layer",
     .description =
     "FILE is a model (.safetensors, .onnx), a frozen graph (.pb) or a compiled graph (.graph).\n"
     "The time of each layer is measured with one image, after a warm-up. --batch sets the batch\n"
     "size of the whole-network measurement. The processor's peak speed is measured in the same\n"
     "run, with one large convolution of the same precision.",
     .examples =
     "  leuko profile AML.graph\n"
     "  leuko profile AML.graph --batch 8 --runs 50 --html profile.html --json profile.json",
     .uses_engine = TRUE,
     .run = cmd_profile},
    {.name = "info",
     .arguments = "FILE|DIR [options]",
     .summary = "Identify a file or folder by its content and describe it",
     .description =
     "Recognizes models, weights, graphs, shards, images, and similar files of other programs. Of\n"
     "a folder of shards, the splits, classes, groups and sizes are printed; of a folder of\n"
     "images, the number of images of each class; of the folder of a training run, its progress.",
     .examples =
     "  leuko info cells.safetensors\n"
     "  leuko info shards\n"
     "  leuko info shards/AML_train_00000-of-00010.tfrecord --json -",
     .run = cmd_info},
    {.name = "weights",
     .arguments = "list|fetch NAME|convert IN OUT.safetensors|inspect FILE [options]",
     .summary = "List, download, convert and inspect pretrained weights",
     .description =
     "  list      Print the known public weights, their sources and licenses.\n"
     "  fetch     Download weights by name or https address. Continues an interrupted download,\n"
     "            then checks size and SHA-256.\n"
     "  convert   Convert a file to safetensors under tf-slim's names: a model if the file holds\n"
     "            a classifier, otherwise weights for `leuko train`.\n"
     "  inspect   List every tensor, and the tensors that are missing for each endpoint.\n"
     "\n"
     "Formats are recognized by content: safetensors with the names of tf-slim, torchvision or\n"
     "timm; ONNX; TensorFlow checkpoints (V1, V2) and frozen graphs; PyTorch .pth; Keras .h5 and\n"
     ".weights.h5. Code in a .pth file is never executed. A separate process with limited memory\n"
     "and time reads Keras files.",
     .examples =
     "  leuko weights list\n"
     "  leuko weights fetch torchvision\n"
     "  leuko weights convert inception_v3_google-0cc3c7bd.pth imagenet.safetensors\n"
     "  leuko weights convert my_model.weights.h5 mine.safetensors\n"
     "  leuko weights inspect inception_v3.ckpt --json tensors.json",
     .run = cmd_weights},
    {.name = "answers",
     .arguments = "GRAPH SHARDS [options]",
     .summary = NULL, /* hidden: cli/elsewhere.h */
     .description =
     "Used by `leuko compile`: prints a graph's probabilities of validation images, one line per\n"
     "image.",
     .examples =
     "  ONEDNN_MAX_CPU_ISA=SSE41 leuko answers AML.graph shards --images 16",
     .uses_engine = TRUE,
     .run = cmd_answers},
    {NULL},
};
/* clang-format on */
