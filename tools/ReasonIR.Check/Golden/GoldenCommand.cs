namespace ReasonIR.Check.Golden;

/// <summary><c>golden FOLDER... [--data DIR] [--json FILE]</c>: a JSON object a line and group; 0 all agreed, 1 something failed, 2 usage.</summary>
public static class GoldenCommand
{
    public const string Usage = "usage: check golden FOLDER... [--data DIR] [--json FILE]";

    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, TextWriter output, TextWriter errors, CancellationToken cancellation = default)
    {
        var folders = new List<string>();
        string? data = null, json = null;
        for (var i = 0; i < arguments.Count; i++)
            if (arguments[i] is "--data" or "--json")
            {
                if (i + 1 == arguments.Count)
                    return await UsageErrorAsync(errors, $"{arguments[i]} expects a value");
                if (arguments[i] == "--data")
                    data = arguments[++i];
                else
                    json = arguments[++i];
            }
            else if (arguments[i].StartsWith('-'))
                return await UsageErrorAsync(errors, $"unknown option {arguments[i]}");
            else
                folders.Add(arguments[i]);
        if (folders.Count == 0)
            return await UsageErrorAsync(errors, "no folder given");
        if (data is not null && !Directory.Exists(data))
            return await UsageErrorAsync(errors, $"--data: no such folder: {data}");

        await using var file = json is null ? null : new StreamWriter(json) { NewLine = "\n" };
        var (groups, failed) = (0, 0);
        foreach (var group in folders.SelectMany(folder => GoldenCheck.Run(folder, data, cancellation)))
        {
            groups++;
            failed += group.Succeeded ? 0 : 1;
            var line = group.ToJson();
            await output.WriteLineAsync(line);
            await output.FlushAsync(cancellation);
            if (file is not null)
                await file.WriteLineAsync(line);
        }
        await errors.WriteLineAsync($"{groups - failed} groups agree, {failed} fail");
        return failed == 0 ? 0 : 1;
    }

    static async Task<int> UsageErrorAsync(TextWriter errors, string what)
    {
        await errors.WriteLineAsync($"{what}\n{Usage}");
        return 2;
    }
}
