namespace ReasonIR.Language.Chat;

/// <param name="Estimated">The server reported no usage; the counts come from the texts' lengths.</param>
public sealed record TokenUsage(int Input, int Output, bool Estimated = false)
{
    /// <summary>
    /// An upper estimate of a text's tokens without knowing the tokenizer: English takes about four characters a token, code and
    /// mathematics three, and other scripts up to one token a UTF-8 byte pair.
    /// </summary>
    public static int Estimate(string text)
    {
        var ascii = 0;
        foreach (var character in text)
            if (character < 128)
                ascii++;
        return ascii / 3 + (text.Length - ascii) * 2 + 4;
    }
}

/// <summary>What a model said.</summary>
/// <param name="FinishReason"><c>stop</c>, <c>length</c> (cut off at the token bound), <c>content_filter</c>, or the server's own word.</param>
/// <param name="Refusal">The model's refusal where the server reports one apart from the text.</param>
public sealed record ChatAnswer(string Text, string FinishReason, string? Refusal, TokenUsage Usage)
{
    public bool CutOff => FinishReason == "length";
}

/// <summary>A request that got no answer: refused, exhausted its attempts, or was answered by something unreadable.</summary>
/// <param name="status">The HTTP status, or 0 where there was none.</param>
public sealed class ChatException(string message, int status, Exception? inner = null) : Exception(message, inner)
{
    public int Status => status;
}
