using System.Text.Json;
using ReasonIR.Encoder.Serving;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Requests;

/// <summary>What is to be encoded and how, whichever API it came by.</summary>
public sealed class EncodeRequest
{
    RequestInputs? inputs;

    /// <summary>A registered model; null: the default one.</summary>
    public string? Model { get; private set; }

    /// <summary>The texts, or token ids.</summary>
    public RequestInputs Inputs => inputs ?? throw new RequestException(InputField, "expected a string, an array of strings, an array of token ids, or an array of such arrays.");

    /// <summary>A prompt of the model.</summary>
    public string? PromptName { get; set; }

    /// <summary><c>query</c> or <c>document</c>, as other services call it.</summary>
    public string? InputType { get; private set; }

    /// <summary>Put before each text as it stands.</summary>
    public string? Prompt { get; private set; }

    /// <summary>Put before each text in the form that the model was trained with.</summary>
    public string? Instruction { get; private set; }

    /// <summary>Leading dimensions to keep.</summary>
    public int? Dimensions { get; private set; }

    /// <summary>Whether vectors are to have length 1; null: as the model's folder says.</summary>
    public bool? Normalize { get; set; }

    /// <summary>What becomes of longer texts.</summary>
    public TextCut Cut { get; set; }

    /// <summary>Whether vectors go out as base64.</summary>
    public bool Base64 { get; private set; }

    /// <summary>What the API calls its inputs.</summary>
    public required string InputField { get; init; }

    /// <summary>Reads the body of OpenAI's API: <c>input</c>, its other fields, and ours beside them.</summary>
    public static EncodeRequest OfOpenAi(RequestBody body, ServingOptions options)
    {
        var request = new EncodeRequest { InputField = "input", Cut = ReadCut(options.Truncation, "Serving:Truncation") };
        body.ReadObject((string name, ref Utf8JsonReader reader) =>
        {
            switch (name)
            {
                case "encoding_format":
                    request.Base64 = reader.Text(name) switch
                    {
                        null or "float" => false,
                        "base64" => true,
                        var other => throw new RequestException(name, $"expected float or base64, found '{other}'."),
                    };
                    return true;
                case "truncation":
                    request.Cut = reader.Text(name) is { } cut ? ReadCut(cut, name) : request.Cut;
                    return true;
                default:
                    return request.ReadCommon(name, ref reader, body, options);
            }
        });
        if (string.IsNullOrEmpty(request.Model))
            throw new RequestException("model", "expected the name of a registered model.");
        return request;
    }

    /// <summary>Reads the body of text-embeddings-inference's APIs: <c>inputs</c>, <c>truncate</c>, <c>truncation_direction</c>, and what they share.</summary>
    public static EncodeRequest OfTei(RequestBody body, ServingOptions options, FieldReader? more = null)
    {
        var request = new EncodeRequest { InputField = "inputs", Normalize = true };
        var (truncate, direction) = (false, TextCut.End);
        body.ReadObject((string name, ref Utf8JsonReader reader) =>
        {
            switch (name)
            {
                case "truncate":
                    truncate = reader.Boolean(name) ?? false;
                    return true;
                case "truncation_direction":
                    direction = TeiFields.Direction(ref reader, name);
                    return true;
                default:
                    return more?.Invoke(name, ref reader) == true || request.ReadCommon(name, ref reader, body, options);
            }
        });
        request.Cut = truncate ? direction : TextCut.Refuse;
        return request;
    }

    bool ReadCommon(string name, ref Utf8JsonReader reader, RequestBody body, ServingOptions options)
    {
        if (name == InputField)
            inputs = RequestInputs.Read(ref reader, body.Bytes, name, options);
        else if (name == "model")
            Model = reader.Text(name);
        else if (name == "prompt_name")
            PromptName = reader.Text(name);
        else if (name == "prompt")
            Prompt = reader.Text(name);
        else if (name == "input_type")
            InputType = reader.Text(name);
        else if (name == "instruction")
            Instruction = reader.Text(name);
        else if (name == "dimensions")
            Dimensions = reader.Integer(name);
        else if (name == "normalize")
            Normalize = reader.Boolean(name) ?? Normalize;
        else
            return false;
        return true;
    }

    /// <summary>How the model is to read the texts.</summary>
    /// <exception cref="RequestException">Fields contradict each other, or the model has not what they ask for.</exception>
    public EncodeOptions Options(ModelLease lease)
    {
        var (encoder, settings) = (lease.Encoder, lease.Served.Settings);
        if (Dimensions is { } dimensions && (dimensions < 1 || dimensions > encoder.Dimension))
            throw new RequestException("dimensions", $"expected 1 to {encoder.Dimension}, found {dimensions}.", RequestErrorKind.Exceeds);
        if (new[] { PromptName, Prompt, InputType }.Count(given => given is not null) > 1 || Prompt is not null && Instruction is not null)
            throw new RequestException("prompt_name", "expected one of prompt_name, prompt and input_type, and an instruction with a named prompt only; found several.");
        if (Inputs.IsTokens && (Prompt ?? Instruction ?? PromptName ?? InputType) is not null)
            throw new RequestException(InputField, "token ids are taken as they stand: no prompt can be put before them.");
        var name = PromptName ?? InputType switch
        {
            null => null,
            "query" or "search_query" => ModelPrompts.Query,
            "document" or "search_document" or "passage" => ModelPrompts.Document,
            var other => other,
        };
        try
        {
            var options = Prompt is not null ? new EncodeOptions(Prompt: Prompt) : Instruction is not null ? ModelPrompts.Instructed(encoder, settings, name, Instruction) : ModelPrompts.Named(encoder, name);
            return options with { MaxTokens = settings.MaxTokens, Cut = Cut };
        }
        catch (ArgumentException e)
        {
            throw new RequestException(Instruction is not null ? "instruction" : PromptName is not null ? "prompt_name" : "input_type", e.Message);
        }
    }

    static TextCut ReadCut(string text, string field) => text switch
    {
        "error" => TextCut.Refuse,
        "start" => TextCut.Start,
        "end" => TextCut.End,
        _ => throw new RequestException(field, $"expected error, start or end, found '{text}'."),
    };
}
