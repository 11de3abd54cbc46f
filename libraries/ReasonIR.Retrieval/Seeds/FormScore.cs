using ReasonIR.Retrieval.Languages;

namespace ReasonIR.Retrieval.Seeds;

/// <summary>
/// A score of a text's form from 0 to 5, without a model: a point each, or a part of it, for prose (function words), varied words, letters
/// among the characters, sentences of usual length, and enough text. It tells prose from debris. What a text is worth teaching it cannot tell:
/// that takes a classifier.
/// </summary>
public static class FormScore
{
    const int Window = 100;

    /// <param name="words">Of the text (<see cref="Contamination.TextTokens"/>).</param>
    public static double Of(string text, List<ulong> words)
    {
        if (words.Count == 0)
            return 0;
        var (letters, marks, solid) = (0, 0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsWhiteSpace(c))
                continue;
            solid++;
            if (char.IsLetter(c))
                letters++;
            else if (c is '.' or '!' or '?' or '。' or '！' or '？' && (i + 1 == text.Length || !char.IsLetterOrDigit(text[i + 1])))
                marks++;
        }
        var (language, share) = LanguageGuess.Look(text);
        // Languages told by their script have no lists of function words.
        var prose = language != LanguageGuess.Unknown && share == 0 ? 1 : Ramp(share, 0.1, 0.3);
        var sentence = (double)words.Count / Math.Max(1, marks);
        return prose + Ramp(Variety(words), 0.3, 0.6) + Ramp((double)letters / Math.Max(1, solid), 0.6, 0.85)
            + (marks == 0 ? 0 : Math.Min(Ramp(sentence, 2, 7), 1 - Ramp(sentence, 40, 100))) + Ramp(Math.Log(words.Count), Math.Log(15), Math.Log(120));
    }

    /// <summary>The mean share of different words in stretches of a hundred.</summary>
    static double Variety(List<ulong> words)
    {
        var (sum, stretches) = (0.0, 0);
        for (var start = 0; start == 0 || start + Window <= words.Count; start += Window, stretches++)
        {
            var length = Math.Min(Window, words.Count - start);
            sum += (double)words.GetRange(start, length).ToHashSet().Count / length;
        }
        return sum / stretches;
    }

    static double Ramp(double value, double from, double to) => Math.Clamp((value - from) / (to - from), 0, 1);
}
