using System.Runtime.CompilerServices;

namespace ReasonIR.Retrieval.Analysis;

/// <summary>Runs of letters and digits in lower case: no stop words, no stemming. Works for any language that writes spaces.</summary>
public sealed class SimpleAnalyzer : IAnalyzer
{
    /// <summary>In UTF-16 units; a longer run goes on as a new term.</summary>
    const int MaxTokenLength = 255;

    public string Name => "simple";

    [SkipLocalsInit]
    public void Analyze<TSink>(ReadOnlySpan<char> text, ref TSink sink) where TSink : ITokenSink, allows ref struct
    {
        Span<char> buffer = stackalloc char[MaxTokenLength];
        var position = 0;
        while (position < text.Length)
        {
            var start = position;
            while (position < text.Length && position - start < MaxTokenLength && char.IsLetterOrDigit(text[position]))
                position++;
            if (position == start)
            {
                position++;
                continue;
            }
            LowerCase.Copy(text[start..position], buffer);
            sink.Add(buffer[..(position - start)], start, position - start);
        }
    }
}
