using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Retrieval.Pairs;

namespace ReasonIR.Trainer.Data;

/// <summary>Reads what is trained on.</summary>
public sealed class TrainingReader(DocumentStore documents, DatasetStore datasets)
{
    /// <param name="strategy">How pairs are cut; links between documents are found where it asks for them.</param>
    public async Task<CorpusTexts> CorpusAsync(Corpus corpus, CancellationToken cancellation, SynthesizeSpec? strategy = null)
    {
        var links = strategy?.Extractive?.Strategies is { Links: > 0 };
        var metadata = new List<string?>();
        var texts = new List<PairDocument>(checked((int)corpus.DocumentCount));
        await foreach (var document in documents.StreamAsync(corpus.Id, cancellation: cancellation))
        {
            texts.Add(new(document.ExternalId, document.Title, document.Text));
            if (links)
                metadata.Add(document.Metadata);
        }
        return texts.Count > 0 ? new(links ? DocumentLinks.Resolve(texts, place => metadata[place]) : texts) : throw new ArgumentException($"Corpus '{corpus.Name}' has no documents; there is nothing to train on.");
    }

    public async Task<StoredRows> RowsAsync(TrainingSet set, CancellationToken cancellation)
    {
        var rows = new List<Example>(set.Version.ExampleCount);
        await foreach (var row in datasets.StreamAsync(set.Version.Id, cancellation))
            rows.Add(row);
        return new(rows);
    }
}
