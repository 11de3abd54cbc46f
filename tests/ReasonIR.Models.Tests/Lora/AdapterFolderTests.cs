using System.Text.Json.Nodes;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.Lora;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Tests.Decoders;
using ReasonIR.Models.Tests.Transformers;
using ReasonIR.Models.Transformers;
using Xunit;

namespace ReasonIR.Models.Tests.Lora;

/// <summary>Adapter folders as PEFT writes and wants them.</summary>
public sealed class AdapterFolderTests : IDisposable
{
    static DecoderConfig Base => TinyAdapter.Base;

    readonly string parent = Directory.CreateTempSubdirectory("reasonir-lora-").FullName;

    public void Dispose() => Directory.Delete(parent, recursive: true);

    string Adapter => Path.Combine(parent, "adapter");

    [Fact]
    public void The_names_of_a_model_with_a_head_and_its_stored_head_are_read()
    {
        Save();
        Change(json => json["modules_to_save"] = new JsonArray("lm_head"), tensors => tensors
            .Select(t => t with { Name = t.Name.Replace("base_model.model.", "base_model.model.model.") })
            .Append(TensorToWrite.Floats("base_model.model.lm_head.weight", new float[64 * 32], [64, 32])));
        using var model = TinyDecoder.Model(Base);
        LoraAdapter.Load(model, Adapter);
        Assert.Equal(4 * Base.Layers, model.LinearModules().Count(m => m.Module.Adapter is not null));
    }

    [Theory]
    [InlineData("use_dora", "true", "use_dora true")]
    [InlineData("bias", "\"lora_only\"", "bias 'lora_only'")]
    [InlineData("modules_to_save", """["embed_tokens"]""", "modules_to_save 'embed_tokens'")]
    [InlineData("init_lora_weights", "\"pissa\"", "init_lora_weights 'pissa'")]
    [InlineData("peft_type", "\"IA3\"", "peft_type 'IA3'")]
    [InlineData("layer_replication", "[[0, 2]]", "layer_replication [[0,2]]")]
    [InlineData("trainable_token_indices", "[1]", "trainable_token_indices [1]")]
    [InlineData("alora_invocation_tokens", "[5]", "alora_invocation_tokens [5]")]
    [InlineData("something_of_tomorrow", "{\"x\": 1}", "something_of_tomorrow {\"x\":1}")]
    public void A_variation_without_an_implementation_is_refused_by_name(string field, string value, string named)
    {
        Save();
        Change(json => json[field] = JsonNode.Parse(value));
        using var model = TinyDecoder.Model(Base);
        Assert.Contains(named, Assert.Throws<NotSupportedException>(() => LoraAdapter.Load(model, Adapter)).Message);
    }

    [Theory]
    [InlineData("use_dora", "false")]
    [InlineData("fan_in_fan_out", "true")]
    [InlineData("init_lora_weights", "\"gaussian\"")]
    [InlineData("something_of_tomorrow", "null")]
    [InlineData("loftq_config", "{}")]
    [InlineData("target_modules", "\".*(q|v|up|down)_proj\"")]
    public void A_field_that_says_nothing_is_no_hindrance(string field, string value)
    {
        Save();
        Change(json => json[field] = JsonNode.Parse(value));
        using var model = TinyDecoder.Model(Base);
        LoraAdapter.Load(model, Adapter);
        Assert.Equal(4 * Base.Layers, model.LinearModules().Count(m => m.Module.Adapter is not null));
    }

    [Fact]
    public void What_is_missing_surplus_or_of_another_shape_is_named()
    {
        string Error(Func<IEnumerable<TensorToWrite>, IEnumerable<TensorToWrite>> change, Action<JsonObject>? settings = null)
        {
            Save();
            Change(settings ?? (_ => { }), change);
            using var model = TinyDecoder.Model(Base);
            return Assert.Throws<InvalidDataException>(() => LoraAdapter.Load(model, Adapter)).Message;
        }
        const string one = "base_model.model.layers.1.self_attn.v_proj.lora_B.weight";
        Assert.Contains($"'{one}' is missing", Error(tensors => tensors.Where(t => t.Name != one)));
        Assert.Contains("o_proj.lora_A.weight' is missing", Error(tensors => tensors, json => json["target_modules"] = new JsonArray("q_proj", "v_proj", "o_proj", "up_proj", "down_proj")));
        Assert.Contains("base_model.model.layers.0.mlp.down_proj.lora_A.weight' belongs to no", Error(tensors => tensors, json => json["target_modules"] = new JsonArray("q_proj", "v_proj", "up_proj")));
        Assert.Contains($"'{one}' has the shape [16, 4]; [16, 5] was expected", Error(tensors => tensors.Where(t => t.Name != one.Replace("lora_B", "lora_A")).Append(
            TensorToWrite.Floats(one.Replace("lora_B", "lora_A"), new float[5 * 32], [5, 32])), json => json["rank_pattern"] = new JsonObject { ["layers.1.self_attn.v_proj"] = 5 }));
        Assert.Contains("no linear map", Error(tensors => tensors, json => json["target_modules"] = new JsonArray("c_attn")));
        File.Delete(Path.Combine(Adapter, LoraAdapter.Weights));
        using var untouched = TinyDecoder.Model(Base);
        Assert.Contains(LoraAdapter.Weights, Assert.Throws<InvalidDataException>(() => LoraAdapter.Load(untouched, Adapter)).Message);
    }

    [Fact]
    public void An_adapter_folder_is_served_over_its_base()
    {
        using var tiny = new TinyDecoder(Base);
        Save();
        float[] Vector(string folder, ModelOptions? options = null)
        {
            using var encoder = ModelFolder.Open(folder, options);
            return encoder.Vectors(["some text"]);
        }
        var plain = Vector(tiny.Folder);
        var expected = Vector(tiny.Folder, new(Adapter: Adapter));
        Assert.NotEqual(plain, expected);
        // By a path of its own, beside it by name, and beside its organization's folder.
        Change(json => json["base_model_name_or_path"] = Path.GetRelativePath(Adapter, tiny.Folder));
        Assert.Equal(expected, Vector(Adapter));
        var copy = Path.Combine(parent, "tiny");
        Copy(tiny.Folder, copy);
        Change(json => json["base_model_name_or_path"] = "some-organization/tiny");
        Assert.Equal(expected, Vector(Adapter));
        Directory.Move(copy, Path.Combine(Directory.CreateDirectory(Path.Combine(parent, "some-organization")).FullName, "tiny"));
        Copy(Adapter, Path.Combine(parent, "me", "adapter"));
        Assert.Equal(expected, Vector(Path.Combine(parent, "me", "adapter")));
        using (var encoder = ModelFolder.Open(Path.Combine(parent, "me", "adapter")))
        using (var bare = ModelFolder.Open(tiny.Folder))
            Assert.NotEqual(bare.Description.WeightsHash, encoder.Description.WeightsHash);
        var error = Assert.Throws<InvalidDataException>(() => ModelFolder.Open(Adapter));
        Assert.Contains("'some-organization/tiny' is not there", error.Message);
    }

    [Fact]
    public void An_adapter_folder_with_modules_of_its_own_keeps_them()
    {
        using var tiny = new TinyDecoder(Base);
        Save();
        Change(json => json["base_model_name_or_path"] = tiny.Folder);
        File.WriteAllText(Path.Combine(Adapter, "modules.json"), """[{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},{"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},{"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]""");
        Directory.CreateDirectory(Path.Combine(Adapter, "1_Pooling"));
        File.WriteAllText(Path.Combine(Adapter, "1_Pooling", "config.json"), """{"word_embedding_dimension":32,"pooling_mode_lasttoken":true}""");
        using var encoder = ModelFolder.Open(Adapter);
        Assert.Equal(("qwen2", "lasttoken", true), (encoder.ModelType, encoder.Description.Pooling, encoder.Normalized));
        Assert.Equal(1, encoder.Vectors(["some text"]).Sum(x => (double)x * x), 1e-5);
    }

    [Fact]
    public void The_exported_folder_has_what_PEFT_wants()
    {
        Save();
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(Adapter, LoraConfigFile.Name)))!.AsObject();
        Assert.Equal(("LORA", 4, 6, "none", "FEATURE_EXTRACTION", "base"), ((string)config["peft_type"]!, (int)config["r"]!, (int)config["lora_alpha"]!, (string)config["bias"]!, (string)config["task_type"]!, (string)config["base_model_name_or_path"]!));
        Assert.Equal(["q_proj", "v_proj", "up_proj", "down_proj"], config["target_modules"]!.AsArray().Select(n => (string)n!));
        using var file = SafetensorsFile.Open(Path.Combine(Adapter, LoraAdapter.Weights));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(2 * 4 * Base.Layers, file.Tensors.Count);
        Assert.Equal([4, 48], file.Get("base_model.model.layers.2.mlp.down_proj.lora_A.weight").Shape);
        Assert.Equal([32, 4], file.Get("base_model.model.layers.2.mlp.down_proj.lora_B.weight").Shape);
    }

    void Save() => TinyAdapter.Save(Adapter);

    void Change(Action<JsonObject> settings, Func<IEnumerable<TensorToWrite>, IEnumerable<TensorToWrite>>? tensors = null) => TinyAdapter.Change(Adapter, settings, tensors);

    static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
