using static ReasonIR.Retrieval.Analysis.Pattern;
using static ReasonIR.Retrieval.Analysis.WordBreakClass;

namespace ReasonIR.Retrieval.Analysis;

/// <summary>
/// What a token is: the word-break rules of UAX 29 and the emoji sequences of UTS 51 as Lucene's StandardTokenizer combines them.
/// A token is the longest match; of equally long ones the first rule's.
/// </summary>
static class WordBreakGrammar
{
    // WB4: what extends a character is part of it. Inside emoji the presentation selectors mean something of their own.
    static readonly WordBreakClass[] extendsEmoji = [Extend, SoutheastAsianMark, Joiner, KeyCap, Tag, TagEnd, Modifier];
    static readonly Pattern marks = Many(Any([.. extendsEmoji, TextSelector, EmojiSelector]));
    static readonly Pattern emojiMarks = Many(Any(extendsEmoji));

    static Pattern Marked(params ReadOnlySpan<WordBreakClass> classes) => Then(Any(classes), marks);

    static readonly Pattern letter = Marked(Letter, HebrewLetter, Hangul, HanLetter, PictographLetter);
    static readonly Pattern hebrew = Marked(HebrewLetter);
    static readonly Pattern number = Marked(Digit, Numeric);
    static readonly Pattern katakana = Marked(Katakana);
    static readonly Pattern joins = Marked(ExtendNumLet);
    static readonly Pattern betweenLetters = Marked(MidLetter, MidNumLet, SingleQuote);
    static readonly Pattern betweenNumbers = Marked(MidNum, MidNumLet, SingleQuote);

    /// <summary>The rules, in the order of their precedence.</summary>
    public static IEnumerable<(TokenType Type, Pattern Pattern)> Rules()
    {
        yield return (TokenType.Emoji, Emoji());
        yield return (TokenType.Number, Then(Many(joins), Numbers(), Many(joins)));
        yield return (TokenType.Hangul, OneOrMore(Marked(Hangul)));
        yield return (TokenType.Katakana, OneOrMore(katakana));
        yield return (TokenType.Word, Word());
        yield return (TokenType.SoutheastAsian, OneOrMore(Marked(SoutheastAsian, SoutheastAsianMark)));
        yield return (TokenType.Ideograph, Marked(Han, HanLetter));
        yield return (TokenType.Hiragana, Marked(Hiragana));
    }

    // WB8, WB11, WB12, WB13a and b: digits, with one of . , ; ' or any number of underscores between.
    static Pattern Numbers() => Then(number, Many(Then(Or(Many(joins), betweenNumbers), number)));

    // WB5-7, WB9, WB10, WB13: letters and digits, or Katakana; such parts joined by underscores.
    static Pattern Word()
    {
        var letters = Then(letter, Many(Then(Or(Many(joins), betweenLetters), letter)));
        var hebrewQuotes = Then(hebrew, Or(Marked(SingleQuote), Then(Marked(DoubleQuote), hebrew)));
        var kana = Then(katakana, Many(Then(Many(joins), katakana)));
        var part = Or(kana, OneOrMore(Or(hebrewQuotes, Numbers(), letters)));
        return Then(Many(joins), part, Many(Then(OneOrMore(joins), part)), Many(joins));
    }

    // Pictographs and skin tones joined by U+200D, or with a tag sequence (flags of regions); keycaps; flags as pairs of letters.
    static Pattern Emoji()
    {
        var pictograph = Then(Many(Any(Joiner)), Any(Pictograph, PictographLetter), emojiMarks, Optional(Any(EmojiSelector)));
        var element = Or(pictograph, Then(Any(Modifier), emojiMarks));
        var joined = Many(Then(Any(Joiner), element));
        var tagged = Then(OneOrMore(Any(Tag)), Any(TagEnd));
        var keycap = Then(Any(Digit, KeycapSign), emojiMarks, Optional(Any(EmojiSelector)), Any(KeyCap), emojiMarks);
        var flag = Then(Marked(RegionalIndicator), Marked(RegionalIndicator));
        return Or(Then(element, Or(joined, tagged)), keycap, flag);
    }
}
