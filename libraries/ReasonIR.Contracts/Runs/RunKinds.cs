namespace ReasonIR.Contracts.Runs;

/// <summary>The kinds of run. A kind is handled by exactly one service; its spec record stands beside this file.</summary>
public static class RunKinds
{
    /// <summary>Files, uploaded or from the hub, into a corpus with its query sets and judgments. Search service. Spec: <see cref="ImportSpec"/>.</summary>
    public const string Import = "import";

    /// <summary>An uploaded model folder into the model registry. Encoder service. Spec: <see cref="RegisterModelSpec"/>.</summary>
    public const string RegisterModel = "register-model";

    /// <summary>A repository of the model hub into the model registry. Encoder service. Spec: <see cref="PullModelSpec"/>.</summary>
    public const string PullModel = "pull-model";

    /// <summary>Training examples from a corpus into a dataset version. Synthesis service. Spec: <see cref="SynthesizeSpec"/>.</summary>
    public const string Synthesize = "synthesize";

    /// <summary>Items of a <c>synthesize</c> run, which starts such runs by itself. Synthesis service. Spec: <see cref="SynthesizePartSpec"/>.</summary>
    public const string SynthesizePart = "synthesize-part";

    /// <summary>A few items of a recipe of synthesis, to say what the whole will take. Synthesis service. Spec: <see cref="SynthesisForecastSpec"/>.</summary>
    public const string SynthesisForecast = "synthesis-forecast";

    /// <summary>Uploaded training files into a dataset version. Trainer service. Spec: <see cref="ImportDatasetSpec"/>.</summary>
    public const string ImportDataset = "import-dataset";

    /// <summary>A dataset version into a model. Trainer service. Spec: <see cref="TrainSpec"/>.</summary>
    public const string Train = "train";

    /// <summary>A corpus into vector shards. Encoder service. Spec: <see cref="EncodeSpec"/>.</summary>
    public const string Encode = "encode";

    /// <summary>Some shards of an <c>encode</c> run, which starts them by itself. Encoder service. Spec: <see cref="EncodePartSpec"/>.</summary>
    public const string EncodePart = "encode-part";

    /// <summary>A corpus into an index that can be searched. Search service. Spec: <see cref="IndexSpec"/>.</summary>
    public const string Index = "index";

    /// <summary>Systems over the queries of a set, measured against its judgments. Search service. Spec: <see cref="EvaluateSpec"/>.</summary>
    public const string Evaluate = "evaluate";

    /// <summary>What stages of an <c>evaluate</c> run ask a language model, in batches; it starts such runs by itself. Synthesis service. Spec: <see cref="AskSpec"/>.</summary>
    public const string Ask = "ask";

    /// <summary>A language model answers questions with and without passages. Synthesis service. Spec: <see cref="RagSpec"/>.</summary>
    public const string Rag = "rag";

    /// <summary>Training data against the queries and documents of an evaluation. Search service. Spec: <see cref="ContaminationSpec"/>.</summary>
    public const string Contamination = "contamination";

    /// <summary>A TREC run made elsewhere into a result. Search service. Spec: <see cref="ImportRunSpec"/>.</summary>
    public const string ImportRun = "import-run";

    /// <summary>Import, index and evaluate for each task of a benchmark. Portal. Spec: <see cref="BenchmarkSpec"/>.</summary>
    public const string Benchmark = "benchmark";

    /// <summary>One of the paper's experiments over what is there. Portal. Spec: <see cref="ExperimentSpec"/>.</summary>
    public const string Experiment = "experiment";

    /// <summary>All of the above, one after another. Portal. Spec: <see cref="LoopSpec"/>.</summary>
    public const string Loop = "loop";

    /// <summary>Every kind, in the order of the loop.</summary>
    public static IReadOnlyList<string> All { get; } = [Import, RegisterModel, PullModel, Synthesize, SynthesizePart, SynthesisForecast, ImportDataset, Train, Encode, EncodePart, Index, Evaluate, Ask, ImportRun, Rag, Contamination, Benchmark, Experiment, Loop];
}
