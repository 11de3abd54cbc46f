namespace ReasonIR.Retrieval.Analysis;

/// <summary>Runs of anything but white space, unchanged. For texts that are already terms.</summary>
public sealed class WhitespaceAnalyzer : IAnalyzer
{
    public string Name => "whitespace";

    public void Analyze<TSink>(ReadOnlySpan<char> text, ref TSink sink) where TSink : ITokenSink, allows ref struct
    {
        var position = 0;
        while (position < text.Length)
        {
            if (char.IsWhiteSpace(text[position]))
            {
                position++;
                continue;
            }
            var start = position;
            while (position < text.Length && !char.IsWhiteSpace(text[position]))
                position++;
            sink.Add(text[start..position], start, position - start);
        }
    }
}
