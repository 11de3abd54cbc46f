namespace ReasonIR.Models.SentenceTransformers;

/// <summary>
/// 2_Dense/config.json: activation(linear(x)), plus x (or a map of it) where it is residual. The weights lie beside it in
/// model.safetensors as <c>linear.weight</c> [out, in], <c>linear.bias</c> [out] and, where the widths differ, <c>residual.weight</c> [out, in].
/// </summary>
public sealed record DenseConfig(int InFeatures, int OutFeatures, bool Bias, Activation Activation, bool Residual = false)
{
    /// <exception cref="InvalidDataException">A field is missing or not what it should be.</exception>
    /// <exception cref="NotSupportedException">There is a field or an activation that is not known; the message names it.</exception>
    public static DenseConfig Read(string path)
    {
        using var json = JsonFile.Open(path);
        json.OnlyFields("in_features", "out_features", "bias", "activation_function", "module_input_name", "module_output_name", "use_residual");
        json.Only("module_input_name", "sentence_embedding");
        json.Only("module_output_name", "sentence_embedding");
        return new(Size("in_features"), Size("out_features"), json.Boolean("bias") ?? true,
            json.Text("activation_function") is { } name ? Activation.Parse(name, $"{path}: activation_function") : Activation.Tanh, json.Boolean("use_residual") ?? false);

        int Size(string field) => json.Size(field, json.RequiredInteger(field));
    }
}
