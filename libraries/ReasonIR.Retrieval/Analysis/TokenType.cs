namespace ReasonIR.Retrieval.Analysis;

/// <summary>The kind of a token of <see cref="StandardTokenizer"/>; the order is the grammar's order of precedence.</summary>
public enum TokenType : byte
{
    None,
    Emoji,
    Number,
    Hangul,
    Katakana,
    /// <summary>Letters, or letters and digits.</summary>
    Word,
    SoutheastAsian,
    Ideograph,
    Hiragana,
}

public static class TokenTypes
{
    /// <summary>The name that Lucene prints, such as <c>&lt;ALPHANUM&gt;</c>.</summary>
    public static string LuceneName(this TokenType type) => type switch
    {
        TokenType.Emoji => "<EMOJI>",
        TokenType.Number => "<NUM>",
        TokenType.Hangul => "<HANGUL>",
        TokenType.Katakana => "<KATAKANA>",
        TokenType.Word => "<ALPHANUM>",
        TokenType.SoutheastAsian => "<SOUTHEAST_ASIAN>",
        TokenType.Ideograph => "<IDEOGRAPHIC>",
        TokenType.Hiragana => "<HIRAGANA>",
        _ => "-",
    };
}
