using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Trainer.Data;

namespace ReasonIR.Trainer.TinyBase;

/// <summary>What the vocabulary of <c>tiny</c> is learned from: the corpora of the data, and the texts of datasets that have none.</summary>
public sealed class TinyTexts(DocumentStore documents, DatasetStore datasets)
{
    /// <summary>Letters that are read at most: more of the same language hardly change the frequent pairs.</summary>
    const long MostLetters = 400_000_000;

    public IEnumerable<string> Read(IReadOnlyList<TrainingSet> sets, CancellationToken cancellation)
    {
        var left = MostLetters;
        foreach (var text in All(sets, cancellation))
        {
            if ((left -= text.Length) < 0)
                yield break;
            yield return text;
        }
    }

    IEnumerable<string> All(IReadOnlyList<TrainingSet> sets, CancellationToken cancellation)
    {
        foreach (var corpus in sets.Select(set => set.Corpus).OfType<Corpus>().DistinctBy(corpus => corpus.Id))
            foreach (var document in documents.StreamAsync(corpus.Id, cancellation: cancellation).ToBlockingEnumerable(cancellation))
            {
                yield return document.Title;
                yield return document.Text;
            }
        foreach (var set in sets.Where(set => set.Strategy is null))
            foreach (var example in datasets.StreamAsync(set.Version.Id, cancellation).ToBlockingEnumerable(cancellation))
            {
                yield return example.Query;
                if (set.Corpus is null)
                    foreach (var passage in example.Positives.Concat(example.Negatives))
                        yield return passage.Text;
            }
    }
}
