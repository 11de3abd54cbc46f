namespace ReasonIR.Models.Lora;

/// <summary>
/// A PEFT folder opened as a model. It holds the adapter alone and names its base: a folder, absolute or from the adapter's own, or a
/// name on the hub (<c>ORG/NAME</c>), which is looked for beside the adapter.
/// </summary>
public static class AdapterFolder
{
    /// <summary>Whether a folder holds an adapter without its base.</summary>
    public static bool Is(string folder) => File.Exists(Path.Combine(folder, LoraConfigFile.Name)) && !File.Exists(Path.Combine(folder, "config.json"));

    /// <summary>The files that an adapter's vectors depend on.</summary>
    public static IReadOnlyList<string> Files(string folder) => [Path.Combine(folder, LoraConfigFile.Name), Path.Combine(folder, LoraAdapter.Weights)];

    /// <summary>The folder of the base model.</summary>
    /// <exception cref="InvalidDataException">It is not where the adapter says, nor beside it; the message says where it was looked for.</exception>
    public static string BaseOf(string folder)
    {
        var file = Path.Combine(folder, LoraConfigFile.Name);
        var name = LoraConfigFile.Read(file).BaseModel;
        if (string.IsNullOrEmpty(name))
            throw new InvalidDataException($"{file}: base_model_name_or_path: is missing; open the base model's folder with this one as its adapter.");
        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) ?? "/";
        // As it stands; a hub's name beside the adapter (NAME), or beside the organization's folder (ORG/NAME).
        string[] places = [Path.GetFullPath(Path.Combine(folder, name)), Path.Combine(parent, Path.GetFileName(name)), Path.GetFullPath(Path.Combine(parent, "..", name))];
        var found = places.Where(p => Directory.Exists(p) && p != Path.GetFullPath(folder)).FirstOrDefault()
            ?? throw new InvalidDataException(
                $"{file}: base_model_name_or_path: '{name}' is not there; looked for it at {string.Join(", ", places.Distinct())}. Put it there, or open its folder with this one as its adapter.");
        return Is(found) ? throw new InvalidDataException($"{file}: base_model_name_or_path: '{name}' is an adapter itself.") : found;
    }
}
