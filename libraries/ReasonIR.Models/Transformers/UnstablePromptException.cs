namespace ReasonIR.Models.Transformers;

/// <summary>
/// A text whose beginning joins a token of the prompt before it, where the prompt's tokens are to be left out of the pooling: there is no
/// token at which the text begins. Leaving out the number of tokens that the prompt has alone would leave out a part of the text, or let
/// a part of the prompt in, without a word.
/// </summary>
public sealed class UnstablePromptException(string prompt, ReadOnlySpan<char> text, ReadOnlySpan<int> alone, ReadOnlySpan<int> together)
    : ArgumentException(Explain(prompt, text, alone, together))
{
    const int Shown = 24;

    static string Explain(string prompt, ReadOnlySpan<char> text, ReadOnlySpan<int> alone, ReadOnlySpan<int> together)
    {
        var same = alone.CommonPrefixLength(together);
        return $"The tokens of the prompt change when this text follows: from token {same} on they are {List(alone[same..])} alone and {List(together[same..])} before the text {Quote(text.ToString(), fromEnd: false)}. "
            + $"The model leaves the prompt's tokens out of its mean, and here the text has no first token. Begin the text with something that does not join the end of the prompt {Quote(prompt, fromEnd: true)}; "
            + "white space at its beginning is the usual cause.";
    }

    static string List(ReadOnlySpan<int> ids) => $"[{string.Join(", ", ids[..Math.Min(ids.Length, 4)].ToArray())}{(ids.Length > 4 ? ", …" : "")}]";

    static string Quote(string text, bool fromEnd) => System.Text.Json.JsonSerializer.Serialize(
        text.Length <= Shown ? text : fromEnd ? "…" + text[^Shown..] : text[..Shown] + "…", Relaxed);

    static System.Text.Json.JsonSerializerOptions Relaxed { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
