using System.Text.Json.Nodes;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.Lora;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Tests.Decoders;
using TorchSharp;

namespace ReasonIR.Models.Tests.Lora;

/// <summary>A small decoder with an adapter.</summary>
static class TinyAdapter
{
    public static readonly DecoderConfig Base = TinyDecoder.Config("qwen2");

    public static readonly LoraConfig Settings = new() { Rank = 4, Alpha = 6, Targets = LoraTargets.Of("q_proj", "v_proj", "up_proj", "down_proj"), BaseModel = "base" };

    /// <summary>A model with an adapter whose B is not zero.</summary>
    public static DecoderModel Trained(LoraConfig settings)
    {
        var model = TinyDecoder.Model(Base);
        LoraAdapter.Create(model, settings, 3);
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        torch.manual_seed(4);
        foreach (var (_, module) in model.LinearModules())
            module.Adapter?.B.weight.copy_(torch.randn(module.Adapter.B.weight.shape) * 0.2);
        return model;
    }

    /// <summary>Writes such an adapter into a folder.</summary>
    public static void Save(string folder)
    {
        using var model = Trained(Settings);
        LoraAdapter.Save(model, Settings, folder);
    }

    /// <summary>Changes the folder's settings and, where asked for, its tensors.</summary>
    public static void Change(string folder, Action<JsonObject> settings, Func<IEnumerable<TensorToWrite>, IEnumerable<TensorToWrite>>? tensors = null)
    {
        var path = Path.Combine(folder, LoraConfigFile.Name);
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        settings(json);
        File.WriteAllText(path, json.ToJsonString());
        if (tensors is null)
            return;
        List<TensorToWrite> stored;
        using (var file = SafetensorsFile.Open(Path.Combine(folder, LoraAdapter.Weights)))
            stored = [.. file.Tensors.Values.Select(t => TensorToWrite.Floats(t.Name, file.ReadFloats(t.Name), t.Shape))];
        SafetensorsWriter.Save(Path.Combine(folder, LoraAdapter.Weights), tensors(stored));
    }
}
