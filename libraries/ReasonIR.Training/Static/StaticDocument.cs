namespace ReasonIR.Training.Static;

/// <summary>A document of the corpus as the trainer reads it, already cut into sentences by the caller.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Title">May be empty.</param>
/// <param name="Sentences">The body's sentences; together with the title they hold every word that is encoded.</param>
public sealed record StaticDocument(string Id, string? Title, IReadOnlyList<string> Sentences)
{
    /// <summary>Title (where there is one) and sentences.</summary>
    internal IEnumerable<string> Pieces => string.IsNullOrWhiteSpace(Title) ? Sentences : Sentences.Prepend(Title);
}
