using System.Globalization;
using System.Numerics.Tensors;
using ReasonIR.Models.StaticEmbeddings;

namespace ReasonIR.Training.Static;

/// <summary>A finished run: the parameters with the lowest held-out loss, and how they were reached.</summary>
public sealed class StaticResult
{
    readonly StaticTrainingInput input;
    readonly StaticOptions options;
    readonly WordVocabulary vocabulary;
    readonly HeldOut heldOut;
    readonly TextBatch corpus;
    readonly StaticParameters parameters, judge;

    internal StaticResult(StaticTrainingInput input, StaticOptions options, WordVocabulary vocabulary, TextBatch corpus, HeldOut heldOut,
        StaticState state, bool judged, string stopped, TimeSpan preparation, TimeSpan svd)
    {
        (this.input, this.options, this.vocabulary, this.corpus, this.heldOut) = (input, options, vocabulary, corpus, heldOut);
        (parameters, judge) = judged ? (state.Best, state.BestJudge) : (state.Current, state.Judge);
        (Steps, StoppedBecause, Elapsed) = (state.Steps, stopped, state.Elapsed);
        (Preparation, Svd) = (preparation, svd);
        if (state.StartLoss is { } start)
            (BestStep, StartLoss, BestLoss) = (state.BestStep, start, state.BestLoss);
        else
            BestStep = state.Steps;
    }

    /// <summary>Tokens of the exported vocabulary.</summary>
    public int VocabularySize => vocabulary.Tokens.Count;

    /// <summary>Trained rows: stems.</summary>
    public int Rows => vocabulary.Rows;

    public IReadOnlySet<string> HeldOutDocuments => heldOut.DocumentIds;

    /// <summary>Steps done.</summary>
    public int Steps { get; }

    /// <summary>The step whose parameters were kept; 0: training never lowered the held-out loss, this is the start.</summary>
    public int BestStep { get; }

    /// <summary>Held-out loss of the start; null where nothing could be held out.</summary>
    public double? StartLoss { get; }

    /// <summary>Held-out loss of the parameters that were kept.</summary>
    public double? BestLoss { get; }

    public string StoppedBecause { get; }

    /// <summary>All of the run, earlier attempts included.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>Vocabulary and tokenization.</summary>
    public TimeSpan Preparation { get; }

    /// <summary>The SVD start (or loading the checkpoint).</summary>
    public TimeSpan Svd { get; }

    /// <summary>The trained vectors of texts, as <see cref="Save"/>'s folder gives them.</summary>
    internal float[] Encode(params IReadOnlyList<string> texts) => vocabulary.Encode(texts, parameters, options.Workers);

    /// <summary>Writes the trained encoder as a sentence-transformers StaticEmbedding folder; the weights are folded into the rows.</summary>
    public void Save(string folder, string name) => Write(folder, name, parameters, trained: true);

    /// <summary>Writes the untrained start, so that what training brought can be measured. Computes it again.</summary>
    public void SaveStart(string folder, string name, CancellationToken cancellation = default) =>
        Write(folder, name, SvdStart.Compute(corpus, vocabulary.Rows, options, cancellation), trained: false);

    /// <summary>
    /// The check that needs no judgments: do held-out sentences find the rest of their documents better than BM25 finds them? Where not,
    /// this encoder is no improvement on the collection and should not be offered as one. What is asked is its twin, which has never seen
    /// those sentences together with their documents.
    /// </summary>
    /// <param name="bm25">Ranks by BM25 over the probe's documents: for each query the rank of its document from 1, 0 beyond the ranking's depth.</param>
    public LabelFreeCheck CompareWithBm25(Func<HeldOutProbe, CancellationToken, IReadOnlyList<int>> bm25, CancellationToken cancellation = default) =>
        LabelFreeCheck.Run(input.Documents, heldOut.Cases, vocabulary, judge, options, bm25, cancellation);

    void Write(string folder, string name, StaticParameters from, bool trained)
    {
        var (factors, width) = (from.Factors(), from.Dimension);
        var table = new float[vocabulary.Tokens.Count * width];
        for (var token = 0; token < vocabulary.Tokens.Count; token++)
            if (vocabulary.RowOfToken[token] is >= 0 and var row)
                TensorPrimitives.Multiply(from.Rows.AsSpan(row * width, width), factors[row], table.AsSpan(token * width, width));
        StaticModelWriter.Save(folder, new(vocabulary.TokenizerJson, table, width, Card(name, trained)));
    }

    string Card(string name, bool trained) => string.Create(CultureInfo.InvariantCulture, $"""
        ---
        library_name: sentence-transformers
        pipeline_tag: sentence-similarity
        tags: [sentence-transformers, static-embeddings, retrieval]
        ---

        # {name}

        A static encoder made by ReasonIR from a corpus of {input.Documents.Count} documents alone, without queries, labels or another model:
        a text is the normalized sum of its words' rows. {options.Dimension} dimensions, {vocabulary.Tokens.Count} tokens, {vocabulary.Rows} rows (words with the same stem share one).

        {(trained
            ? $"Started from a truncated SVD of the tf-idf matrix, trained with InfoNCE on pairs cut from the documents: {BestStep} of {Steps} steps kept ({StoppedBecause}), temperature {options.Temperature}, learning rate {options.LearningRate}, batch {options.BatchSize}, seed {options.Seed}. Held-out loss {StartLoss:F4} before, {BestLoss:F4} after."
            : $"The untrained start: a truncated SVD of the tf-idf matrix, seed {options.Seed}.")}

        It knows the words of its corpus and little else: use it on that corpus.

        """);
}
