using ReasonIR.Tokenizers.Splitting;
using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.PreTokenizers;

/// <summary>Splits at what a matcher finds: Split, Whitespace, WhitespaceSplit, Punctuation, Digits and CharDelimiterSplit are this.</summary>
public sealed class SplitPreTokenizer : IPreTokenizer
{
    readonly IMatcher matcher;
    readonly SplitBehavior behavior;
    readonly bool invert;

    internal SplitPreTokenizer(IMatcher matcher, SplitBehavior behavior, bool invert = false) =>
        (this.matcher, this.behavior, this.invert) = (matcher, behavior, invert);

    /// <summary>Whether it is WhitespaceSplit: white space goes, and what is between stays.</summary>
    internal bool DropsWhiteSpace => matcher == CharacterMatcher.WhiteSpace && behavior == SplitBehavior.Removed && !invert;

    public void PreTokenize(NormalizedText text, List<NormalizedText> pieces) =>
        Splitter.Split(text, matcher.Matches(text.Characters), behavior, invert, pieces);
}
