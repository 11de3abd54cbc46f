namespace ReasonIR.Language.Chat;

/// <summary>What a server counted.</summary>
/// <param name="Input">Tokens sent, those that the server had cached included.</param>
/// <param name="Output">Tokens answered, the model's thoughts included.</param>
/// <param name="Estimated">The server reported no usage; the counts come from the texts' lengths.</param>
/// <param name="Reasoning">Tokens of the thoughts, where the server counts them or says them; part of the output.</param>
/// <param name="CachedInput">Tokens of the input that the server had in its own cache; part of the input, and cheaper with some.</param>
public sealed record TokenUsage(int Input, int Output, bool Estimated = false, int Reasoning = 0, int CachedInput = 0)
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
/// <param name="Reasoning">The model's thoughts where the server reports them apart (<c>reasoning_content</c> or <c>reasoning</c>).</param>
public sealed record ChatAnswer(string Text, string FinishReason, string? Refusal, TokenUsage Usage, string? Reasoning = null)
{
    public bool CutOff => FinishReason == "length";
}

/// <summary>A request that got no answer: refused, exhausted its attempts, or was answered by something unreadable.</summary>
/// <param name="status">The HTTP status, or 0 where there was none.</param>
public sealed class ChatException(string message, int status, Exception? inner = null) : Exception(message, inner)
{
    public int Status => status;
}
