using System.Text.Json;
using ReasonIR.Tokenizers;
using ReasonIR.Tokenizers.Limits;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>A tokenizer.json against the reference library: single texts and pairs (<c>cases.jsonl</c>), truncated and padded batches (<c>batches.jsonl</c>).</summary>
public sealed class TokenizerKind : IGoldenKind
{
    public string Kind => "tokenizer";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        var tokenizer = Tokenizer.Load(manifest.PathOf("tokenizer")).With(null, null);
        foreach (var file in manifest.WrittenPaths("cases"))
        {
            var tally = new GoldenTally(manifest, file, manifest.ToleranceElement());
            var line = 0;
            foreach (var json in File.ReadLines(manifest.Require(file)))
            {
                cancellation.ThrowIfCancellationRequested();
                using var document = JsonDocument.Parse(json);
                var item = document.RootElement;
                tally.Case($"line {++line}", () =>
                {
                    if (item.TryGetProperty("texts", out _))
                        CheckBatch(tally, tokenizer, item);
                    else
                        CheckText(tally, tokenizer, item);
                });
            }
            yield return tally.Group();
        }
    }

    static void CheckText(GoldenTally tally, Tokenizer tokenizer, JsonElement item)
    {
        var text = item.GetProperty("text").GetString()!;
        var pair = item.TryGetProperty("pair", out var second) && second.ValueKind == JsonValueKind.String ? second.GetString() : null;
        var special = item.GetProperty("special").GetBoolean();
        var encoding = tokenizer.Encode(text, pair, special);
        int[] ids = Integers(item.GetProperty("ids"));
        tally.EqualSequences("ids", ids, encoding.Ids);
        tally.EqualSequences("tokens", [.. item.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()!)], encoding.Tokens);
        tally.EqualSequences("offsets", Ranges(item.GetProperty("offsets")), encoding.Offsets);
        tally.EqualSequences("type_ids", item.TryGetProperty("type_ids", out var types) ? Integers(types) : new int[ids.Length], encoding.TypeIds);
        if (item.TryGetProperty("sequence_ids", out var sequences))
            tally.EqualSequences("sequence_ids", [.. sequences.EnumerateArray().Select(s => s.ValueKind == JsonValueKind.Null ? (int?)null : s.GetInt32())], encoding.SequenceIds);
        tally.Equal("decoded", item.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
        tally.Equal("decoded_with_special", item.GetProperty("decoded_with_special").GetString(), tokenizer.Decode(ids, skipSpecialTokens: false));
        // The path for ids alone is other code and must not differ.
        if (pair is null)
            tally.EqualSequences("ids of EncodeIds", ids, tokenizer.EncodeIds(text, special));
    }

    static void CheckBatch(GoldenTally tally, Tokenizer tokenizer, JsonElement item)
    {
        string[] texts = Strings(item.GetProperty("texts"));
        var pairs = item.TryGetProperty("pairs", out var second) && second.ValueKind == JsonValueKind.Array ? Strings(second) : null;
        var limited = tokenizer.With(ReadTruncation(item), ReadPadding(item));
        if (item.TryGetProperty("error", out var error))
        {
            try
            {
                limited.EncodeBatch(texts, pairs, item.GetProperty("special").GetBoolean());
                tally.Fail($"expected the error \"{error.GetString()}\", found none");
            }
            catch (ArgumentException) { }
            return;
        }
        var batch = limited.EncodeBatch(texts, pairs, item.GetProperty("special").GetBoolean());
        var expected = item.GetProperty("ids").GetArrayLength();
        tally.Equal("inputs", expected, batch.Count);
        for (var i = 0; i < Math.Min(expected, batch.Count); i++)
        {
            tally.EqualSequences($"ids[{i}]", Integers(item.GetProperty("ids")[i]), batch[i].Ids);
            tally.EqualSequences($"attention_mask[{i}]", Integers(item.GetProperty("attention_mask")[i]), batch[i].AttentionMask);
            tally.EqualSequences($"type_ids[{i}]", Integers(item.GetProperty("type_ids")[i]), batch[i].TypeIds);
            tally.EqualSequences($"special_tokens_mask[{i}]", Integers(item.GetProperty("special_tokens_mask")[i]), batch[i].SpecialTokensMask);
            tally.EqualSequences($"offsets[{i}]", Ranges(item.GetProperty("offsets")[i]), batch[i].Offsets);
        }
    }

    static Truncation? ReadTruncation(JsonElement item) =>
        item.TryGetProperty("truncation", out var t) && t.ValueKind == JsonValueKind.Object
            ? new(t.GetProperty("max_length").GetInt32(), t.GetProperty("strategy").GetString() switch
            {
                "longest_first" => TruncationStrategy.LongestFirst,
                "only_first" => TruncationStrategy.OnlyFirst,
                "only_second" => TruncationStrategy.OnlySecond,
                var other => throw new FormatException($"unknown truncation strategy \"{other}\""),
            }, ReadSide(t))
            : null;

    static Padding? ReadPadding(JsonElement item) =>
        item.TryGetProperty("padding", out var p) && p.ValueKind == JsonValueKind.Object
            ? new(p.GetProperty("pad_id").GetInt32(), p.GetProperty("pad_token").GetString()!, p.GetProperty("pad_type_id").GetInt32(), ReadSide(p),
                Optional(p, "length"), Optional(p, "pad_to_multiple_of"))
            : null;

    static Side ReadSide(JsonElement limits) => limits.GetProperty("direction").GetString() == "left" ? Side.Left : Side.Right;

    static int? Optional(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    static int[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(n => n.GetInt32())];

    static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(s => s.GetString()!)];

    static TextRange[] Ranges(JsonElement array) => [.. array.EnumerateArray().Select(r => new TextRange(r[0].GetInt32(), r[1].GetInt32()))];
}
