using System.Globalization;
using System.Net;

namespace ReasonIR.Training.Distributed;

/// <summary>How the processes of a run find each other.</summary>
/// <param name="Address">Where rank 0 listens, <c>host:port</c>; the others connect to it.</param>
/// <param name="Token">A secret that all processes of the run share: whoever does not know it is turned away.</param>
/// <param name="Timeout">How long a process may keep the others waiting, at the rendezvous and in each operation; null: 10 minutes.</param>
public sealed record SocketGroupOptions(string Address, int WorldSize, int Rank, string Token, TimeSpan? Timeout = null)
{
    /// <exception cref="ArgumentException">A setting is out of range; the message names all that are.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        if (!TrySplit(Address, out _, out _))
            problems.Add($"Address is '{Address}'; host:port was expected.");
        if (WorldSize is < 1 or > 1024)
            problems.Add($"WorldSize is {WorldSize}; 1 to 1,024 was expected.");
        if (Rank < 0 || Rank >= WorldSize)
            problems.Add($"Rank is {Rank}; 0 to {WorldSize - 1} was expected.");
        if (Token.Length is < 16 or > 256)
            problems.Add($"Token has {Token.Length} characters; 16 to 256 were expected.");
        if (Timeout is { } wait && (wait <= TimeSpan.Zero || wait > TimeSpan.FromDays(1)))
            problems.Add($"Timeout is {wait}; above 0, at most a day was expected.");
        if (problems.Count > 0)
            throw new ArgumentException(string.Join("\n", problems));
    }

    /// <summary>What a process started by <see cref="WorkerProcesses"/> was told; null where this is none.</summary>
    /// <exception cref="ArgumentException">A variable is missing or broken; the message names it.</exception>
    public static SocketGroupOptions? FromEnvironment()
    {
        if (Environment.GetEnvironmentVariable(Prefix + "ADDRESS") is not { } address)
            return null;
        var options = new SocketGroupOptions(address, Number("WORLD"), Number("RANK"), Text("TOKEN"), TimeSpan.FromSeconds(Number("TIMEOUT")));
        options.Validate();
        return options;

        static string Text(string name) => Environment.GetEnvironmentVariable(Prefix + name) ?? throw new ArgumentException($"The environment variable {Prefix}{name} is not set.");

        static int Number(string name) => int.TryParse(Text(name), CultureInfo.InvariantCulture, out var value) ? value : throw new ArgumentException($"The environment variable {Prefix}{name} is '{Text(name)}'; a number was expected.");
    }

    /// <summary>Variables from which <see cref="FromEnvironment"/> reads the same. Unlike arguments they are not shown to other users of the machine.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToEnvironment() =>
    [
        new(Prefix + "ADDRESS", Address), new(Prefix + "WORLD", WorldSize.ToString(CultureInfo.InvariantCulture)), new(Prefix + "RANK", Rank.ToString(CultureInfo.InvariantCulture)),
        new(Prefix + "TOKEN", Token), new(Prefix + "TIMEOUT", Math.Max(1, (int)Wait.TotalSeconds).ToString(CultureInfo.InvariantCulture)),
    ];

    const string Prefix = "REASONIR_PROCESSES_";

    internal TimeSpan Wait => Timeout ?? TimeSpan.FromMinutes(10);

    internal EndPoint EndPoint => TrySplit(Address, out var host, out var port)
        ? IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port)
        : throw new ArgumentException($"Address is '{Address}'; host:port was expected.");

    static bool TrySplit(string address, out string host, out int port)
    {
        var colon = address.LastIndexOf(':');
        host = colon > 0 ? address[..colon].Trim('[', ']') : "";
        port = 0;
        return host.Length > 0 && int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;
    }
}
