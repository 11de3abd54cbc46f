using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Retrieval.Pairs;

namespace ReasonIR.Trainer.Data;

/// <summary>Reads what is trained on.</summary>
public sealed class TrainingReader(DocumentStore documents, DatasetStore datasets)
{
    public async Task<CorpusTexts> CorpusAsync(Corpus corpus, CancellationToken cancellation)
    {
        var texts = new List<PairDocument>(checked((int)corpus.DocumentCount));
        await foreach (var document in documents.StreamAsync(corpus.Id, cancellation: cancellation))
            texts.Add(new(document.ExternalId, document.Title, document.Text));
        return texts.Count > 0 ? new(texts) : throw new ArgumentException($"Corpus '{corpus.Name}' has no documents; there is nothing to train on.");
    }

    public async Task<StoredRows> RowsAsync(TrainingSet set, CancellationToken cancellation)
    {
        var rows = new List<Example>(set.Version.ExampleCount);
        await foreach (var row in datasets.StreamAsync(set.Version.Id, cancellation))
            rows.Add(row);
        return new(rows);
    }
}
