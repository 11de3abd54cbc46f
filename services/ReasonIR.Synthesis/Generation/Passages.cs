using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;

namespace ReasonIR.Synthesis.Generation;

/// <summary>Documents as passages of examples: as they are encoded and indexed, the title before the text.</summary>
public static class Passages
{
    public static Passage Of(Document document) =>
        new(document.Title.Length == 0 ? document.Text : $"{document.Title} {document.Text}", document.ExternalId);
}
