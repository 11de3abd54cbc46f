using System.Diagnostics;
using System.Text.Json.Nodes;
using ReasonIR.Testing;

namespace ReasonIR.Portal.Tests.Datasets;

/// <summary>hyparquet, a Parquet reader that shares nothing with ours, as <c>./reasonir setup bench</c> installs it; in a process of node.</summary>
static class OtherReader
{
    /// <summary>Prints every row as a line of JSON.</summary>
    const string Program = """
        import fs from 'node:fs';
        import path from 'node:path';
        import { pathToFileURL } from 'node:url';
        const [file, modules] = process.argv.slice(-2);
        const { parquetRead } = await import(pathToFileURL(path.join(modules, 'hyparquet/src/index.js')));
        const bytes = fs.readFileSync(file);
        const plain = (_, value) => typeof value === 'bigint' ? Number(value) : value === undefined ? null : value;
        await parquetRead({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength), rowFormat: 'object',
            onComplete: rows => fs.writeFileSync(file + '.json', rows.map(row => JSON.stringify(row, plain)).join('\n')) });
        """;

    /// <summary>The rows of a file by column; skips the calling test, with the reason, where node or hyparquet is not there.</summary>
    public static async Task<IReadOnlyList<JsonNode>> ReadAsync(Stream parquet, CancellationToken ct)
    {
        var modules = Path.Combine(SharedData.Repository, ".setup", "node_modules");
        Assert.SkipUnless(Directory.Exists(Path.Combine(modules, "hyparquet")) && File.Exists("/usr/bin/node"), "needs node and hyparquet (./reasonir setup bench)");
        var folder = Directory.CreateTempSubdirectory("reasonir-hyparquet-");
        try
        {
            var file = Path.Combine(folder.FullName, "train.parquet");
            await using (var copy = File.Create(file))
                await parquet.CopyToAsync(copy, ct);
            using var node = Process.Start(new ProcessStartInfo("/usr/bin/node", ["--input-type=module", "--eval", Program, "--", file, modules]) { RedirectStandardError = true })!;
            var errors = await node.StandardError.ReadToEndAsync(ct);
            await node.WaitForExitAsync(ct);
            Assert.True(node.ExitCode == 0, errors);
            return [.. (await File.ReadAllLinesAsync(file + ".json", ct)).Select(line => JsonNode.Parse(line)!)];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
