using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Retrieval.Pairs;
using ReasonIR.Trainer.Data;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Trainer.TransformerBase;

/// <summary>Stored examples. Hard negatives that are another query's positive in the same batch are left out.</summary>
public sealed class StoredExamples(StoredRows rows, string fingerprint) : ITrainingData
{
    readonly List<Example> usable = [.. rows.All.Where(row => row.Positives.Count > 0)];

    /// <inheritdoc/>
    public int Count => usable.Count;

    /// <inheritdoc/>
    public string Fingerprint => fingerprint;

    /// <inheritdoc/>
    public Task<IReadOnlyList<TrainingExample>> ReadAsync(IReadOnlyList<int> numbers, int draw, CancellationToken cancellationToken)
    {
        var batch = numbers.SelectMany(number => usable[number].Positives).Select(passage => passage.DocumentId).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return Task.FromResult<IReadOnlyList<TrainingExample>>([.. numbers.Select(number => usable[number]).Select(row =>
            new TrainingExample(row.Instruction + row.Query, [.. row.Positives.Select(passage => passage.Text)], [.. StoredRows.Texts(row.Negatives, batch)]))]);
    }
}

/// <summary>One pair a document, drawn anew in each epoch; the hard negatives that rows store for the document join it.</summary>
public sealed class StrategyExamples : ITrainingData
{
    readonly List<PairDocument> usable;
    readonly StoredRows rows;
    readonly PairSettings settings;
    readonly long seed;

    /// <param name="documents">Those that give pairs; ones too short for any are passed over.</param>
    /// <param name="seed">Decides every draw.</param>
    public StrategyExamples(IReadOnlyList<PairDocument> documents, StoredRows rows, PairSettings settings, long seed, string fingerprint)
    {
        (this.rows, this.settings, this.seed, Fingerprint) = (rows, settings, seed, fingerprint);
        usable = [.. documents.Where(document => Draw(document, 0) is not null)];
    }

    /// <inheritdoc/>
    public int Count => usable.Count;

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public Task<IReadOnlyList<TrainingExample>> ReadAsync(IReadOnlyList<int> numbers, int draw, CancellationToken cancellationToken)
    {
        var batch = numbers.Select(number => usable[number].Id).ToHashSet(StringComparer.Ordinal);
        return Task.FromResult<IReadOnlyList<TrainingExample>>([.. numbers.Select(number =>
        {
            var pair = Draw(usable[number], draw)!;
            return new TrainingExample(pair.QueryText, [pair.PositiveText], [.. rows.NegativesOf(pair.DocumentId, draw, batch)]);
        })]);
    }

    /// <summary>A document's draws depend on nothing but itself, the seed and the epoch.</summary>
    DrawnPair? Draw(PairDocument document, int epoch)
    {
        var own = BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{document.Id}")));
        var drawn = new List<DrawnPair>(1);
        return new PairSampler([document], own, settings).Draw(epoch, 1, drawn) == 1 ? drawn[0] : null;
    }
}
