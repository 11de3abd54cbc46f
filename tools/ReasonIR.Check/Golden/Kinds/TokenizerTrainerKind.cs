using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ReasonIR.Tokenizers.Training;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>The BPE trainer against the reference's: all merges in order and all ids, for each file of settings.</summary>
public sealed partial class TokenizerTrainerKind : IGoldenKind
{
    public string Kind => "tokenizer-trainer";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        var corpus = manifest.PathOf("corpus");
        foreach (var file in manifest.WrittenPaths("expected"))
        {
            var tally = new GoldenTally(manifest, file, manifest.ToleranceElement());
            var expected = GoldenManifest.ReadJson(manifest.Require(file));
            tally.Case("training", () =>
            {
                var settings = expected.GetProperty("settings");
                var vocabulary = BpeTrainer.Train(Sequences(corpus, settings.GetProperty("sequences").GetString()!), Options(settings), cancellation);
                tally.EqualSequences("merges",
                    [.. expected.GetProperty("merges").EnumerateArray().Select(pair => $"{pair[0].GetString()} {pair[1].GetString()}")],
                    [.. vocabulary.Merges.Select(pair => $"{vocabulary.Tokens[pair.Left]} {vocabulary.Tokens[pair.Right]}")]);
                tally.EqualSequences("vocab",
                    [.. expected.GetProperty("vocab").EnumerateObject().Select(token => (token.Value.GetInt32(), token.Name)).Order()],
                    [.. vocabulary.Tokens.Select((token, id) => (id, token))]);
            });
            yield return tally.Group();
        }
    }

    static BpeTrainerOptions Options(JsonElement settings)
    {
        if (settings.TryGetProperty("initial_alphabet", out var alphabet) && alphabet.GetString() != "the 256 characters of the byte alphabet")
            throw new NotSupportedException($"the alphabet \"{alphabet.GetString()}\" is not known");
        var cut = settings.GetProperty("pre_tokenizer").GetString()!;
        var words = PreTokenizer().Match(cut);
        if (!words.Success)
            throw new NotSupportedException($"the pre-tokenizer \"{cut}\" is not known");
        return new(settings.GetProperty("vocab_size").GetInt32(), settings.GetProperty("min_frequency").GetInt64(), words.Groups["family"].Value switch
        {
            "Llama 3" => WordPattern.Llama3,
            "Qwen 2" or "Qwen2" => WordPattern.Qwen2,
            _ => WordPattern.Gpt2,
        })
        {
            SpecialTokens = [.. settings.GetProperty("special_tokens").EnumerateArray().Select(token => token.GetString()!)],
            AddPrefixSpace = words.Groups["space"].Value == "true",
        };
    }

    static IEnumerable<string> Sequences(string corpus, string description)
    {
        var lines = Lines().Match(description);
        if (!lines.Success)
            throw new NotSupportedException($"the sequences \"{description}\" are not known");
        var text = File.ReadAllText(corpus);
        var all = (text.EndsWith('\n') ? text[..^1] : text).Split('\n');
        return lines.Groups["first"].Success ? all.Take(int.Parse(lines.Groups["first"].Value, CultureInfo.InvariantCulture)) : all;
    }

    [GeneratedRegex(@"^(?:ByteLevel\(add_prefix_space (?<space>true|false), use_regex true\)|Split\((?<family>Llama 3|Qwen ?2) regex, isolated\) then ByteLevel\(add_prefix_space false, use_regex false\))$", RegexOptions.ExplicitCapture)]
    private static partial Regex PreTokenizer();

    [GeneratedRegex(@"^the (?:first (?<first>\d+) )?lines of \S+, without their line feed$", RegexOptions.ExplicitCapture)]
    private static partial Regex Lines();
}
