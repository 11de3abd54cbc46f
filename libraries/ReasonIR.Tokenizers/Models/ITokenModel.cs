namespace ReasonIR.Tokenizers.Models;

/// <summary>A token of one piece: its id and its range in UTF-16 units of the piece.</summary>
/// <param name="Verbatim">It is shown as the text of its range instead of the vocabulary's token (an unknown part in Unigram).</param>
public readonly record struct PieceToken(int Id, int Start, int End, bool Verbatim = false);

/// <summary>Third stage: the vocabulary, and how a piece is cut into its tokens. Thread-safe.</summary>
public interface ITokenModel
{
    /// <summary>One more than the largest id.</summary>
    int VocabularySize { get; }

    int? TokenToId(string token);

    string? IdToToken(int id);

    /// <summary>Appends the tokens of a non-empty piece.</summary>
    void Tokenize(ReadOnlySpan<char> piece, List<PieceToken> tokens);

    /// <summary>As <see cref="Tokenize"/>, ids alone.</summary>
    void AppendIds(ReadOnlySpan<char> piece, List<int> ids)
    {
        var tokens = new List<PieceToken>();
        Tokenize(piece, tokens);
        foreach (var token in tokens)
            ids.Add(token.Id);
    }
}
