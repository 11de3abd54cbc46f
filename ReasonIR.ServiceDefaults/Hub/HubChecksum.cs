using System.Security.Cryptography;
using System.Text;

namespace ReasonIR.ServiceDefaults.Hub;

/// <summary>What a file's content must hash to.</summary>
/// <param name="Hex">Lower-case.</param>
/// <param name="IsGit">Whether it is the SHA-1 of git's blob; otherwise the content's SHA-256.</param>
readonly record struct HubChecksum(string Hex, bool IsGit)
{
    /// <exception cref="HubException">The content is another.</exception>
    public void Check(ReadOnlySpan<byte> content, string what)
    {
        using var hash = Begin(content.Length);
        hash.AppendData(content);
        Compare(hash, what);
    }

    /// <inheritdoc cref="Check"/>
    public async Task CheckFileAsync(string path, string what, CancellationToken cancellation)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
        using var hash = Begin(file.Length);
        var buffer = new byte[1 << 20];
        for (int read; (read = await file.ReadAsync(buffer, cancellation)) > 0;)
            hash.AppendData(buffer, 0, read);
        Compare(hash, what);
    }

    IncrementalHash Begin(long length)
    {
        var hash = IncrementalHash.CreateHash(IsGit ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        if (IsGit)
            hash.AppendData(Encoding.ASCII.GetBytes($"blob {length}\0"));
        return hash;
    }

    void Compare(IncrementalHash hash, string what)
    {
        var found = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (found != Hex)
            throw new HubException($"{what}: the content's {(IsGit ? "git SHA-1" : "SHA-256")} is {found}; the hub promised {Hex}.");
    }
}
