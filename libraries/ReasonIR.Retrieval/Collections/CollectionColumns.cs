namespace ReasonIR.Retrieval.Collections;

/// <summary>Which columns of a table, or fields of JSON lines, make a document or a query.</summary>
/// <param name="Text">The column with the text.</param>
/// <param name="Id">The column with the id; null: the record's number, from 1.</param>
/// <param name="Title">The column with the title; null: none.</param>
/// <param name="Excluded">The field with a query's excluded ids (JSON lines only); null: none.</param>
/// <param name="Metadata">Columns to keep as metadata.</param>
public sealed record CollectionColumns(
    string Text, string? Id = null, string? Title = null, string? Excluded = null, IReadOnlyList<string>? Metadata = null);
