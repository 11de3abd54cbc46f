using System.Diagnostics;

namespace ReasonIR.Training.Static;

/// <summary>What a run is given.</summary>
/// <param name="Documents">The corpus that will be searched.</param>
/// <param name="Pairs">Makes the pair source for the documents that are not held out: it must give no pair of those whose ids it gets.</param>
/// <param name="Stem">A lower-case word's stem (Porter for English; the identity where there is no stemmer).</param>
/// <param name="IsStopWord">Whether a lower-case word is left out.</param>
public sealed record StaticTrainingInput(
    IReadOnlyList<StaticDocument> Documents, Func<IReadOnlySet<string>, IPairSource> Pairs, Func<string, string> Stem, Func<string, bool> IsStopWord);

/// <summary>A point of the metric series: a look at the held-out documents (that field alone) or a training step (all the others).</summary>
/// <param name="Step">Steps done.</param>
/// <param name="PairsPerSecond">Of this step.</param>
/// <param name="HeldOutLoss">Cross-entropy, nats.</param>
public sealed record StaticProgress(
    int Step, double? Loss = null, double? GradientNorm = null, double? LearningRate = null, double? PairsPerSecond = null, double? HeldOutLoss = null);

/// <summary>
/// A first encoder without downloads, labels or a GPU: one row a stem, started from the corpus's SVD and trained with InfoNCE on pairs
/// cut from its own documents, stopped by held-out documents (telling documents apart is not relevance: trained on, such an encoder
/// falls below BM25).
/// <para>
/// Two encoders are trained side by side on the same pairs. The one that is kept starts from the SVD of the whole corpus. The other, the
/// judge, starts from one that never saw a held-out sentence together with its document (<see cref="HeldOut"/>): only its held-out loss
/// is a measure of anything, and it says when to stop. Judged by its own loss, the first would be told that training does harm from the
/// first step on a small corpus, because its start has learned by heart which sentence belongs to which document.
/// </para>
/// Plain C#. Deterministic by seed, whatever the number of threads; a run resumed from its checkpoint gives the same
/// bits as one that was never interrupted.
/// </summary>
public sealed class StaticTrainer(StaticTrainingInput input, StaticOptions options)
{
    /// <param name="progress">Called on the training thread.</param>
    /// <param name="checkpointPath">Where state is saved (see <see cref="StaticOptions.CheckpointEvery"/>) and resumed from if it is there; null: nowhere.</param>
    /// <exception cref="InvalidOperationException">The corpus has no words, or the source gives no usable pair.</exception>
    /// <exception cref="InvalidDataException">The checkpoint belongs to another corpus or other options.</exception>
    public StaticResult Train(Action<StaticProgress>? progress = null, string? checkpointPath = null, CancellationToken cancellation = default)
    {
        options.Validate();
        var clock = Stopwatch.StartNew();
        var vocabulary = WordVocabulary.Build(input.Documents, input.Stem, input.IsStopWord, options.MaxWords, cancellation);
        if (vocabulary.Rows == 0)
            throw new InvalidOperationException("The corpus has no words besides stop words; there is nothing to train on.");
        var text = new TextRows(vocabulary);
        var corpus = Corpus(text, cancellation);
        var heldOut = HeldOut.Choose(input.Documents, corpus, text, options);
        var preparation = clock.Elapsed;

        var state = checkpointPath is not null && File.Exists(checkpointPath)
            ? StaticCheckpoint.Load(checkpointPath, Identity(vocabulary))
            : StaticState.Fresh(SvdStart.Compute(corpus, vocabulary.Rows, options, cancellation), SvdStart.Compute(heldOut.Start, vocabulary.Rows, options, cancellation));
        var (svd, earlier) = (clock.Elapsed - preparation, state.Elapsed);
        IPairSource? source = null;
        var step = new TrainingStep(state.Current, state.Adam, options.Temperature, options.Workers);
        var judgeStep = new TrainingStep(state.Judge, state.JudgeAdam, options.Temperature, options.Workers);
        var (batch, pairs, schedule) = (new TextBatch(), new List<StaticPair>(), new CheckpointSchedule(options.CheckpointEvery));
        var checkEvery = options.CheckEvery ?? Math.Clamp(4 * (int)Math.Ceiling((double)input.Documents.Count / options.BatchSize), 10, 40);
        // Without anything to stop by there is no saying when training begins to hurt: the start stays as it is.
        var maxSteps = heldOut.Queries == 0 && options.HeldOutShare > 0 ? 0 : options.MaxSteps;
        string stopped;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var timeIsUp = options.MaxTime is { } limit && earlier + clock.Elapsed >= limit;
            var last = state.Steps >= maxSteps || timeIsUp;
            if (state.Steps % checkEvery == 0 || last)
                Look(state, heldOut, progress, cancellation);
            if (state.LooksSinceBest >= options.Patience || last)
            {
                stopped = state.LooksSinceBest >= options.Patience ? $"no lower held-out loss in {options.Patience} looks" : timeIsUp ? "time limit" : maxSteps == 0 ? "no documents to hold out" : "step limit";
                break;
            }
            var began = clock.Elapsed;
            var keys = Draw(source ??= input.Pairs(heldOut.DocumentIds), state.Steps, text, batch, pairs);
            var (loss, norm) = step.Run(batch, keys, options.LearningRate);
            judgeStep.Run(batch, keys, options.LearningRate);
            progress?.Invoke(new(state.Steps + 1, loss, norm, options.LearningRate, keys.Length / Math.Max((clock.Elapsed - began).TotalSeconds, 1e-9)));
            state.Steps++;
            if (checkpointPath is not null && schedule.IsDue(state.Steps))
            {
                state.Elapsed = earlier + clock.Elapsed;
                schedule.Time(() => StaticCheckpoint.Save(checkpointPath, state, Identity(vocabulary)));
            }
        }
        state.Elapsed = earlier + clock.Elapsed;
        return new(input, options, vocabulary, corpus, heldOut, state, heldOut.Queries > 0, stopped, preparation, svd);
    }

    TextBatch Corpus(TextRows text, CancellationToken cancellation)
    {
        var corpus = new TextBatch();
        foreach (var document in input.Documents)
        {
            cancellation.ThrowIfCancellationRequested();
            text.Append(document.Pieces, corpus.Rows);
            corpus.End();
        }
        return corpus;
    }

    void Look(StaticState state, HeldOut heldOut, Action<StaticProgress>? progress, CancellationToken cancellation)
    {
        // A resumed run, or the last look, may stand at a step that was looked at already.
        if (heldOut.Queries == 0 || state.LastLook == state.Steps)
            return;
        var loss = heldOut.Loss(state.Judge, cancellation);
        state.LastLook = state.Steps;
        state.StartLoss ??= loss;
        // A little lower is not a new minimum: the last percents of the gain take most of the steps and come from telling documents apart.
        if (state.Steps == 0 || loss < state.BestLoss - options.SmallestGain * (state.StartLoss - state.BestLoss))
            state.Keep(loss);
        else
            state.LooksSinceBest++;
        progress?.Invoke(new(state.Steps, HeldOutLoss: loss));
    }

    /// <summary>A step's texts: queries, positives, hard negatives. Pairs without a word on either side are passed over.</summary>
    string?[] Draw(IPairSource source, int step, TextRows text, TextBatch batch, List<StaticPair> pairs)
    {
        pairs.Clear();
        source.Draw(step, options.BatchSize, pairs);
        pairs.RemoveAll(pair => !HasRows(pair.Query) || !HasRows(pair.Positive));
        if (pairs.Count == 0)
            throw new InvalidOperationException($"Step {step}: the dataset gave no pair with words of the corpus on both sides; it may be empty.");
        batch.Clear();
        foreach (var pair in pairs)
            Add(pair.Query);
        foreach (var pair in pairs)
            Add(pair.Positive);
        foreach (var negative in pairs.SelectMany(pair => pair.Negatives ?? []))
            if (HasRows(negative))
                Add(negative);
        return [.. pairs.Select(pair => pair.PositiveKey)];

        bool HasRows(IReadOnlyList<string> pieces) => pieces.Any(piece => text.Rows(piece).Length > 0);

        void Add(IReadOnlyList<string> pieces)
        {
            text.Append(pieces, batch.Rows);
            batch.End();
        }
    }

    /// <summary>What a checkpoint must agree in: the vocabulary and every option that changes the numbers.</summary>
    string Identity(WordVocabulary vocabulary) => string.Join(' ', vocabulary.Tokenizer.Hash, input.Documents.Count,
        options.Dimension, options.BatchSize, options.Temperature, options.LearningRate, options.HeldOutShare, options.SentencesPerHeldOut,
        options.CheckEvery, options.SmallestGain, options.MaxHeldOut, options.MaxSvdDocuments, options.Seed);
}
