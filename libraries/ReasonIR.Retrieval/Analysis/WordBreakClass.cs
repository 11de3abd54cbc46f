namespace ReasonIR.Retrieval.Analysis;

/// <summary>What a code point means to the word-break grammar. At most 32 classes: a transition row is 32 wide.</summary>
enum WordBreakClass : byte
{
    Other,
    Letter,
    HebrewLetter,
    Hangul,
    /// <summary>Han script and a letter at once, such as U+3005 and U+3007.</summary>
    HanLetter,
    Han,
    Hiragana,
    Katakana,
    /// <summary>Thai, Lao, Khmer, Myanmar and their like (line-break class SA).</summary>
    SoutheastAsian,
    SoutheastAsianMark,
    /// <summary>ASCII digits: numeric, and the base of a keycap emoji.</summary>
    Digit,
    Numeric,
    KeycapSign,
    MidLetter,
    MidNum,
    MidNumLet,
    SingleQuote,
    DoubleQuote,
    ExtendNumLet,
    /// <summary>Extend and Format without the ones named below.</summary>
    Extend,
    Joiner,
    TextSelector,
    EmojiSelector,
    KeyCap,
    Tag,
    TagEnd,
    /// <summary>Skin tones.</summary>
    Modifier,
    Pictograph,
    PictographLetter,
    RegionalIndicator,
    /// <summary>Half of a surrogate pair: the class of the pair must be looked up.</summary>
    Surrogate,
}
