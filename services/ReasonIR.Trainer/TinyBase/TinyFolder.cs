using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Tokenizers;
using ReasonIR.Tokenizers.Training;
using TorchSharp;

namespace ReasonIR.Trainer.TinyBase;

/// <summary>
/// The base <c>tiny</c>: a bidirectional Llama with random weights over a byte-level BPE vocabulary learned from the texts it will be
/// trained on, as a sentence-transformers folder (mean, normalized). The same texts, size and seed give the same bytes.
/// </summary>
static class TinyFolder
{
    const string Pad = "<|pad|>", Begin = "<|begin|>";

    /// <summary>Makes the folder, unless it is there; it appears when it is whole.</summary>
    /// <returns>Tokens of the vocabulary.</returns>
    public static int Make(string folder, IEnumerable<string> texts, TinySize size, int seed, CancellationToken cancellation)
    {
        if (Directory.Exists(folder))
            return ModelShape.Read(folder).Vocabulary;
        var vocabulary = BpeTrainer.Train(texts, new BpeTrainerOptions(size.Vocabulary) { SpecialTokens = [Pad, Begin] }, cancellation);
        var plain = Directory.CreateDirectory($"{folder}.plain-{Guid.NewGuid():N}").FullName;
        var whole = $"{folder}.whole-{Guid.NewGuid():N}";
        try
        {
            File.WriteAllBytes(Path.Combine(plain, "tokenizer.json"), BpeFile.Write(vocabulary, Begin));
            Write(plain, "tokenizer_config.json", new JsonObject { ["tokenizer_class"] = "PreTrainedTokenizerFast", ["model_max_length"] = size.MaxTokens, ["pad_token"] = Pad, ["bos_token"] = Begin });
            Write(plain, "config_sentence_transformers.json", new JsonObject { ["prompts"] = new JsonObject(), ["default_prompt_name"] = null, ["similarity_fn_name"] = "cosine" });
            var config = size.Config(vocabulary.Tokens.Count, pad: 0);
            Write(plain, "config.json", DecoderConfigWriter.Write(config, bosId: 1));
            using var scope = torch.NewDisposeScope();
            using var model = new SentenceModel(DecoderModel.Random(config, seed));
            SafetensorsWriter.Save(Path.Combine(plain, "model.safetensors"), model.Transformer.ToWrite());
            // With its modules, so that it is served as it will be trained.
            SentenceModelFolder.Save(model, SentenceTransformersFolder.Open(plain), whole);
            Directory.Move(whole, folder);
            return vocabulary.Tokens.Count;
        }
        finally
        {
            Directory.Delete(plain, recursive: true);
            if (Directory.Exists(whole))
                Directory.Delete(whole, recursive: true);
        }
    }

    static void Write(string folder, string name, JsonObject json) =>
        File.WriteAllText(Path.Combine(folder, name), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
}
