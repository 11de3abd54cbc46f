using static ReasonIR.Portal.Components.Training.RecipeFieldKind;

namespace ReasonIR.Portal.Components.Training;

/// <summary>The fields that the form asks for, by section; whatever else a recipe may say is written in its text.</summary>
public static class RecipeForms
{
    public static readonly RecipeFormSection Output = new("Result", "What comes out of the run.",
    [
        new("output.name", "Name of the new model"),
        new("output.format", "Format", Choice, "adapters are merged into the folder, unless they alone are asked for", ["sentence-transformers", "peft"]),
        new("output.license", "License", Hint: "stated in the model card"),
        new("output.description", "Description", Hint: "stated in the model card"),
        new("seed", "Seed", Number, "0"),
    ]);

    public static readonly RecipeFormSection Data = new("Batches", "How the data become batches. Empty fields take the base's default, which the run records.",
    [
        new("data.sampling", "Mixture", Choice, "how often each source is drawn from", ["proportional", "weights", "temperature"]),
        new("data.samplingTemperature", "Mixture's temperature", Number, "1 is proportional, larger evens the sources out"),
        new("data.batches", "Batches", Choice, "a batch from one source has negatives of one kind", ["mixed", "single"]),
        new("data.epochs", "Epochs", Number, "1"),
        new("data.steps", "Steps", Number, "with epochs: whichever ends first"),
        new("data.seconds", "Seconds at most", Number),
        new("data.batchSize", "Queries a step", Number),
        new("data.positives", "Positives a query", Number),
        new("data.negatives", "Hard negatives a query", Number),
        new("data.queryMaxTokens", "Tokens of a query", Number, "the model's limit"),
        new("data.passageMaxTokens", "Tokens of a passage", Number, "the model's limit"),
        new("data.prompts.query", "Prompt of queries", Hint: "{instruction} stands for the query's own, \\n for a new line"),
        new("data.prompts.queryBare", "… without an instruction"),
        new("data.prompts.passage", "Prompt of passages"),
    ]);

    public static readonly RecipeFormSection Base = new("Base", "static and tiny start from scratch on the corpus of the data; anything else is a registered model.",
    [
        new("base.attention", "Attention", Choice, "as the model's folder says", ["bidirectional", "causal"]),
        new("base.pooling", "Pooling", Choice, "as the model's folder says, else mean", ["mean", "lasttoken", "cls", "max", "weightedmean", "mean_sqrt_len_tokens"]),
        new("base.poolPrompt", "Prompts count in the pooling", YesNo, "as the model's folder says, else yes"),
    ]);

    public static readonly RecipeFormSection Tiny = new("Size of the new Llama", "Only for the base tiny.",
    [
        new("base.tiny.layers", "Layers", Number, "4"),
        new("base.tiny.hidden", "Width", Number, "256"),
        new("base.tiny.heads", "Heads", Number, "4"),
        new("base.tiny.vocabulary", "Vocabulary", Number, "8,192 tokens"),
        new("base.tiny.maxTokens", "Longest text", Number, "512 tokens"),
        new("base.tiny.keepStart", "Keep the untrained start", YesNo, "yes"),
    ]);

    public static readonly RecipeFormSection Static = new("The static encoder", "Only for the base static.",
    [
        new("base.static.dimension", "Dimension", Number, "256"),
        new("base.static.keepStart", "Keep the untrained start", YesNo, "yes"),
    ]);

    public static readonly RecipeFormSection Loss = new("Loss", "InfoNCE over in-batch and hard negatives, and what stands beside it.",
    [
        new("loss.temperature", "Temperature", Number),
        new("loss.directions", "Directions", Texts, "queryToDocument; also documentToQuery, queryToQuery, documentToDocument"),
        new("loss.partition", "Softmax", Choice, "perDirection", ["perDirection", "joint"]),
        new("loss.scope", "Negatives of a query", Choice, "all", ["all", "ownGroup", "ownGroupAndOtherPositives", "positivesOnly"]),
        new("loss.scoreGuard.margin", "False-negative guard: margin", Number, "no guard by score"),
        new("loss.idGuard", "False-negative guard by id", YesNo, "yes"),
        new("loss.exampleWeights", "Examples' own weights count", YesNo, "yes"),
        new("loss.reasoning.maxRatio", "Reasoning weights, at most", Number, "none (ReasonEmbed's RI-InfoNCE)"),
        new("loss.distillation.kind", "Distillation", Choice, "none", ["kl", "crossEntropy", "marginMse"]),
        new("loss.distillation.weight", "Weight of distillation", Number, "1"),
        new("loss.matryoshka", "Matryoshka widths", Numbers, "none; e.g. 64, 128, 256", Part: "width"),
    ]);

    public static readonly RecipeFormSection Schedule = new("Optimizer and schedule", "AdamW, and its rate over the steps.",
    [
        new("optimizer.learningRate", "Learning rate", Number, "the peak"),
        new("optimizer.weightDecay", "Weight decay", Number),
        new("optimizer.maxGradientNorm", "Gradient norm at most", Number, "0: no clipping"),
        new("schedule.kind", "Schedule", Choice, "the base's default", ["constant", "constant_with_warmup", "linear", "cosine", "cosine_with_restarts", "cosine_with_min_lr", "cosine_warmup_with_min_lr", "polynomial", "inverse_sqrt", "warmup_stable_decay"]),
        new("schedule.warmup", "Warm-up", Number, "a share of the steps, or from 1 on their number"),
    ]);

    public static readonly RecipeFormSection Scale = new("Scale", "How a batch is fitted into memory, and over how many processes.",
    [
        new("scale.precision", "Precision", Choice, "the base's default", ["f32", "bf16", "pureBf16"]),
        new("scale.gradCache.texts", "GradCache: texts at a time", Number, "no GradCache"),
        new("scale.gradCache.tokens", "GradCache: tokens at a time", Number),
        new("scale.accumulation", "Accumulation: parts of a batch", Number, "another loss than GradCache's"),
        new("scale.checkpointing", "Recompute activations", YesNo, "no"),
        new("scale.freezeEmbeddings", "Freeze the embeddings", YesNo, "no"),
        new("scale.freezeLayers", "Freeze the first layers", Number, "none"),
        new("scale.workers", "Processes", Number, "1"),
        new("scale.collective", "Between the processes", Choice, "NCCL where each has a GPU of its own, else a ring over sockets", ["auto", "ring", "nccl"]),
        new("scale.threads", "Threads of a process", Number, "its share of the cores"),
        new("scale.checkpointSteps", "Steps between checkpoints", Number),
        new("scale.memory", "Memory, GiB", Number, "what the machine has free"),
    ]);

    public static readonly RecipeFormSection Lora = new("LoRA", "Low-rank adapters are trained in place of the weights, as soon as a field is filled.",
    [
        new("scale.lora.rank", "Rank", Number, "8"),
        new("scale.lora.alpha", "Alpha", Number, "16"),
        new("scale.lora.dropout", "Dropout", Number, "0"),
        new("scale.lora.targets", "Targets", Texts, "all linears of the layers; e.g. q_proj, v_proj"),
        new("scale.lora.rankStabilized", "Rank-stabilized", YesNo, "no"),
    ]);

    public static readonly RecipeFormSection Evaluation = new("Evaluation", "nDCG@10 on query sets while the run goes on; the best model is kept.",
    [
        new("evaluation.steps", "Every so many steps", Number),
        new("evaluation.sample", "Documents searched", Number, "2,000 of each corpus, judged ones included"),
        new("evaluation.queries", "Queries of each set", Number, "200"),
        new("evaluation.patience", "Stop without improvement after", Number, "never"),
        new("evaluation.keepBest", "Keep the best, not the last", YesNo, "yes"),
        new("evaluation.hardNegativeSteps", "Log the hardest negatives every so many steps", Number, "never"),
    ]);

    /// <summary>A source of the data.</summary>
    public static IReadOnlyList<RecipeField> Source(string path) =>
    [
        new($"{path}.dataset", "Dataset"), new($"{path}.version", "Version", Number, "the newest"), new($"{path}.weight", "Weight", Number), new($"{path}.instruction", "Instruction", Hint: "of queries that bring none"),
    ];

    /// <summary>A query set that is evaluated.</summary>
    public static IReadOnlyList<RecipeField> Set(string path) => [new($"{path}.corpus", "Corpus"), new($"{path}.querySet", "Query set", Hint: "its only judged one, or test")];

    /// <summary>Every field of the form, with the first entry of each list.</summary>
    public static IEnumerable<RecipeField> All =>
        new[] { Output, Data, Base, Tiny, Static, Loss, Schedule, Scale, Lora, Evaluation }.SelectMany(section => section.Fields).Concat(Source("data.sources[0]")).Concat(Set("evaluation.sets[0]")).Append(Model);

    public static readonly RecipeField Model = new("base.model", "Base");
}
