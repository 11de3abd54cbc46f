namespace ReasonIR.Contracts.Pipelines;

/// <summary>Beginnings of texts that a language model reads.</summary>
public static class TextBeginnings
{
    /// <summary>At most so many characters (UTF-16 units); a character that takes two is left whole or out.</summary>
    public static string Of(string text, int characters) =>
        text.Length <= characters ? text : text[..(char.IsHighSurrogate(text[characters - 1]) ? characters - 1 : characters)];
}
