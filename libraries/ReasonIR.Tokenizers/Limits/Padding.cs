namespace ReasonIR.Tokenizers.Limits;

/// <summary>Fills the inputs of a batch up to one length.</summary>
/// <param name="Length">Fixed length; null: the longest of the batch.</param>
/// <param name="MultipleOf">Rounds the length up; null or 0: not.</param>
public sealed record Padding(int Id, string Token, int TypeId = 0, Side Direction = Side.Right, int? Length = null, int? MultipleOf = null)
{
    internal IReadOnlyList<Encoding> Apply(IReadOnlyList<Encoding> batch)
    {
        if (batch.Count == 0)
            return batch;
        var length = Length ?? batch.Max(encoding => encoding.Count);
        if (MultipleOf is { } multiple and > 0 && length % multiple != 0)
            length += multiple - length % multiple;
        return [.. batch.Select(encoding => Pad(encoding, length))];
    }

    Encoding Pad(Encoding encoding, int length)
    {
        if (encoding.Count >= length)
            return encoding;
        var result = new EncodingBuilder(length);
        if (Direction == Side.Right)
            result.Append(encoding);
        for (var i = encoding.Count; i < length; i++)
            result.Add(Id, Token, default, TypeId, null, isSpecial: true, isPadding: true);
        if (Direction == Side.Left)
            result.Append(encoding);
        return result.Build();
    }
}
