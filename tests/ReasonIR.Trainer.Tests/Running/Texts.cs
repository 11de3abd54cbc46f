using System.Text.Json;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Testing;

namespace ReasonIR.Trainer.Tests.Running;

/// <summary>Small collections to train on.</summary>
static class Texts
{
    /// <summary>The shipped sample.</summary>
    public static IReadOnlyList<DocumentInput> Workshop { get; } =
    [
        .. File.ReadLines(Path.Combine(SharedData.Repository, "samples", "workshop", "corpus.jsonl")).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            return new DocumentInput(json.RootElement.GetProperty("_id").GetString()!, json.RootElement.GetProperty("title").GetString()!, json.RootElement.GetProperty("text").GetString()!);
        }),
    ];

    /// <summary>Its first documents.</summary>
    public static IReadOnlyList<DocumentInput> Few(int count = 40) => [.. Workshop.Take(count)];

    /// <summary>The title asks for the text; the hard negative is the document so many places further on.</summary>
    public static IReadOnlyList<Example> Examples(IReadOnlyList<DocumentInput> documents, int? negative = null) =>
    [
        .. documents.Select((document, place) => new Example
        {
            Query = document.Title,
            Positives = [new(document.Text, document.ExternalId)],
            Negatives = negative is { } far && documents[(place + far) % documents.Count] is var other ? [new($"{other.Title} {other.Text}")] : [],
            Generator = "extractive/title-body",
            SourceDocumentId = document.ExternalId,
        }),
    ];
}
