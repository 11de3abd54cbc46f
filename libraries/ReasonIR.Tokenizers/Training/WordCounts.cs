using System.Runtime.InteropServices;
using ReasonIR.Tokenizers.ByteLevel;

namespace ReasonIR.Tokenizers.Training;

/// <summary>How often each word of the texts occurs; memory goes with the distinct words, not with the texts.</summary>
static class WordCounts
{
    public static Dictionary<string, long> Count(IEnumerable<string> texts, BpeTrainerOptions options, CancellationToken cancellation)
    {
        var splitter = WordPatterns.Find(options.Pattern);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<char> rest = options.AddPrefixSpace && text is [not ' ', ..] ? " " + text : text;
            for (int start = 0, end; start < rest.Length; start = end)
            {
                end = splitter.End(rest, start);
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, rest[start..end], out _)++;
            }
        }
        return counts;
    }
}
