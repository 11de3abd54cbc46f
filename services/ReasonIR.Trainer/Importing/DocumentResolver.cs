using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Retrieval.TrainingFiles;

namespace ReasonIR.Trainer.Importing;

/// <summary>An id of a training file that none of the corpora holds.</summary>
/// <param name="Field"><c>pos</c> or <c>neg</c>.</param>
public sealed record UnresolvedId(string File, long Line, string Field, string Id);

/// <summary>A record of a file on its way to becoming an example.</summary>
public sealed record FileRecord(string File, TrainingRecord Record);

/// <summary>Puts the texts of documents in the place of their ids.</summary>
/// <param name="corpora">Row ids, the first that has a document counts.</param>
public sealed class DocumentResolver(DocumentStore documents, IReadOnlyList<long> corpora)
{
    /// <summary>Ids that were not found, in the order of the files.</summary>
    public List<UnresolvedId> Unresolved { get; } = [];

    /// <summary>Records that lost their last positive.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Resolves some records at once; those without a positive afterwards are missing from the result.</summary>
    public async Task<IReadOnlyList<Example>> ResolveAsync(IReadOnlyList<FileRecord> records, string generator, string? instruction, CancellationToken cancellation)
    {
        var wanted = records.SelectMany(one => one.Record.Positives.Concat(one.Record.Negatives)).Where(IsId).Select(text => text.DocumentId!).ToHashSet(StringComparer.Ordinal);
        var found = wanted.Count == 0 ? new Dictionary<string, Document>() : await documents.FindAsync(corpora, wanted, cancellation);
        var examples = new List<Example>(records.Count);
        foreach (var (file, record) in records)
        {
            var positives = Passages(file, record.Line, "pos", record.Positives, found);
            var negatives = Passages(file, record.Line, "neg", record.Negatives, found);
            if (positives.Count == 0)
            {
                LeftOut++;
                continue;
            }
            examples.Add(new()
            {
                Query = record.Query,
                Instruction = record.Instruction ?? instruction,
                Positives = positives,
                Negatives = negatives,
                Generator = generator,
                Metadata = Experiments.ExperimentsJson.Write(new ExampleMetadata(file, record.Line, record.Type, record.Weight, record.Reasoned)),
            });
        }
        return examples;
    }

    List<Passage> Passages(string file, long line, string field, IReadOnlyList<TrainingText> texts, IReadOnlyDictionary<string, Document> found)
    {
        var passages = new List<Passage>(texts.Count);
        foreach (var text in texts)
            if (!IsId(text))
                passages.Add(new(text.Text, text.DocumentId, text.Score, text.Instruction));
            else if (found.GetValueOrDefault(text.DocumentId!) is { } document)
                // As documents are encoded for an index.
                passages.Add(new(document.Title.Length == 0 ? document.Text : $"{document.Title} {document.Text}", text.DocumentId, text.Score, text.Instruction));
            else
                Unresolved.Add(new(file, line, field, text.DocumentId!));
        return passages;
    }

    static bool IsId(TrainingText text) => text.Text.Length == 0;
}
