namespace ReasonIR.Retrieval.Languages;

/// <summary>Counts a text's letters by script, for the languages that a script of their own gives away.</summary>
struct Scripts
{
    /// <summary>A script decides where it has this share of the letters.</summary>
    const double Share = 0.5, JapaneseKana = 0.05;

    public static readonly string[] Codes = ["ru", "uk", "el", "he", "ar", "fa", "hi", "th", "ko", "ja", "zh"];

    int letters, cyrillic, ukrainian, greek, hebrew, arabic, persian, devanagari, thai, hangul, kana, han;

    public void Count(char letter)
    {
        letters++;
        if (letter < 0x0370)
            return;
        switch (letter)
        {
            case 'і' or 'ї' or 'є' or 'ґ': (cyrillic, ukrainian) = (cyrillic + 1, ukrainian + 1); break;
            case >= '\u0400' and <= '\u04FF': cyrillic++; break;
            case >= '\u0370' and <= '\u03FF': greek++; break;
            case >= '\u0590' and <= '\u05FF': hebrew++; break;
            case 'پ' or 'چ' or 'ژ' or 'گ': (arabic, persian) = (arabic + 1, persian + 1); break;
            case >= '\u0600' and <= '\u06FF': arabic++; break;
            case >= '\u0900' and <= '\u097F': devanagari++; break;
            case >= '\u0E00' and <= '\u0E7F': thai++; break;
            case >= '\uAC00' and <= '\uD7AF': hangul++; break;
            case >= '\u3040' and <= '\u30FF': kana++; break;
            case >= '\u4E00' and <= '\u9FFF': han++; break;
        }
    }

    /// <summary>The language, or null where the letters are mostly Latin or mixed.</summary>
    public readonly string? Decide()
    {
        var needed = Share * letters;
        if (letters == 0)
            return null;
        return cyrillic > needed ? (ukrainian > 0.01 * cyrillic ? "uk" : "ru")
            : greek > needed ? "el" : hebrew > needed ? "he" : arabic > needed ? (persian > 0.01 * arabic ? "fa" : "ar")
            : devanagari > needed ? "hi" : thai > needed ? "th" : hangul > needed ? "ko"
            : kana + han > needed ? (kana > JapaneseKana * (kana + han) ? "ja" : "zh") : null;
    }
}
