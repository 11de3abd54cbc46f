using System.Runtime.InteropServices;
using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using ReasonIR.Tokenizers;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>
/// Mean pooling without the instruction's tokens (a case = a text): its tokens, how many of them are the prefix's, the vector. The
/// reference counts the prefix's tokens even where the text changes them; its number is compared there too, and beside it that such a text
/// is refused when it is encoded as a model's text.
/// </summary>
public sealed class InstructionPoolingKind : IGoldenKind
{
    public string Kind => "instruction-pooling";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        TorchRuntime.Status.Require();
        var folder = manifest.PathOf("model");
        var file = GoldenManifest.ReadJson(manifest.PathOf("cases"));
        using var expected = SafetensorsFile.Open(manifest.PathOf("expected"));
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var model = new SentenceModel(
            Architectures.Load(folder, new(Bidirectional: EncoderKind.IsBidirectional(file.GetProperty("attention").GetString()!))), PoolingMode.Mean, includePrompt: false);
        var tokenizer = Tokenizer.Load(Path.Combine(folder, "tokenizer.json"));
        var counting = new TextTokens(tokenizer, model.Transformer.MaxPositions);
        var refusing = new TextTokens(tokenizer, model.Transformer.MaxPositions, excludesPrompt: true);

        var width = model.Dimension;
        var reference = expected.ReadFloats(expected.Get("embeddings", file.GetProperty("cases").GetArrayLength(), width).Name);
        var tally = new GoldenTally(manifest, manifest.WrittenPath("expected"), manifest.ToleranceElement());
        foreach (var (index, item) in file.GetProperty("cases").EnumerateArray().Index())
        {
            cancellation.ThrowIfCancellationRequested();
            tally.Case($"case {index}", () =>
            {
                using var inner = torch.NewDisposeScope();
                var (prefix, text) = (item.GetProperty("prefix").GetString()!, item.GetProperty("text").GetString()!);
                var tokens = counting.Encode(text, prefix);
                tally.EqualSequences("ids", EncoderKind.Ints(item.GetProperty("ids")), tokens.Ids);
                tally.Equal("masked", item.GetProperty("masked").GetInt32(), tokens.Prompt);
                var stable = item.GetProperty("prefix_stable").GetBoolean();
                tally.Equal("prefix_stable", stable, tokens.PromptStable);
                tally.Equal("refused", !stable, IsRefused(refusing, text, prefix));
                var vector = model.Encode(PackedBatch.From([tokens.Ids]), [tokens.Prompt]);
                tally.Near("vector", reference.AsSpan(index * width, width), MemoryMarshal.Cast<byte, float>(vector.contiguous().bytes), manifest.Absolute("vectors"));
            });
        }
        yield return tally.Group();
    }

    static bool IsRefused(TextTokens tokens, string text, string prefix)
    {
        try
        {
            tokens.Encode(text, prefix);
            return false;
        }
        catch (UnstablePromptException)
        {
            return true;
        }
    }
}
