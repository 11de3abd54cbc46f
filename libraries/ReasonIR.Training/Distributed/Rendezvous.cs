using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace ReasonIR.Training.Distributed;

/// <summary>
/// How the processes meet: each listens on a port of its own and tells it to rank 0, which answers with everybody's when all are there;
/// then each connects to the next rank, so that they form a ring. A stranger is turned away and waited past.
/// </summary>
static class Rendezvous
{
    const int Hello = 1, Members = 2, Join = 3, MostHello = 4096, MostMembers = 1 << 20, Fields = 12;

    /// <summary>The connection to the next rank, which is written to, and that from the one before, which is read from.</summary>
    public static async Task<(Wire Next, Wire Previous)> MeetAsync(SocketGroupOptions options, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Wait);
        Wire? next = null;
        try
        {
            var (own, members) = options.Rank == 0 ? await GatherAsync(options, patience.Token) : await AskAsync(options, patience.Token);
            using (own)
            {
                var after = (options.Rank + 1) % options.WorldSize;
                next = await ConnectAsync(members[after], $"Rank {after}", options, patience.Token);
                await next.SendAsync(Join, 0, Introduction(options, 0), patience.Token);
                var before = (options.Rank + options.WorldSize - 1) % options.WorldSize;
                var (previous, _, _) = await AcceptAsync(own, Join, options, rank => rank == before, patience.Token);
                return (next, previous);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            next?.Dispose();
            throw new WorkerLostException($"Rank {options.Rank}: not all of the {options.WorldSize} processes came to {options.Address} within {options.Wait}.");
        }
        catch
        {
            next?.Dispose();
            throw;
        }
    }

    /// <summary>Rank 0: waits for the others, then tells each all addresses.</summary>
    static async Task<(Socket Own, EndPoint[] Members)> GatherAsync(SocketGroupOptions options, CancellationToken cancellationToken)
    {
        var own = Listen(await BoundAsync(options.EndPoint, cancellationToken));
        var members = new EndPoint[options.WorldSize];
        members[0] = options.EndPoint;
        var wires = new Dictionary<int, Wire>();
        try
        {
            while (wires.Count < options.WorldSize - 1)
            {
                var (wire, rank, port) = await AcceptAsync(own, Hello, options, rank => rank > 0 && !wires.ContainsKey(rank), cancellationToken);
                wires.Add(rank, wire);
                members[rank] = new IPEndPoint(Plain(((IPEndPoint)wire.Socket.RemoteEndPoint!).Address), port);
            }
            var list = Encoding.UTF8.GetBytes(string.Join('\n', members.Skip(1)));
            foreach (var wire in wires.Values)
                await wire.SendAsync(Members, 0, list, cancellationToken);
            return (own, members);
        }
        catch
        {
            own.Dispose();
            throw;
        }
        finally
        {
            foreach (var wire in wires.Values)
                wire.Dispose();
        }
    }

    /// <summary>The others: listen on the address that reaches rank 0, and ask it.</summary>
    static async Task<(Socket Own, EndPoint[] Members)> AskAsync(SocketGroupOptions options, CancellationToken cancellationToken)
    {
        using var wire = await ConnectAsync(options.EndPoint, "Rank 0", options, cancellationToken);
        var own = Listen(new(Plain(((IPEndPoint)wire.Socket.LocalEndPoint!).Address), 0));
        try
        {
            await wire.SendAsync(Hello, 0, Introduction(options, ((IPEndPoint)own.LocalEndPoint!).Port), cancellationToken);
            var list = Encoding.UTF8.GetString(await wire.ReceiveAsync(Members, 0, MostMembers, cancellationToken)).Split('\n');
            return list.Length == options.WorldSize - 1
                ? (own, [options.EndPoint, .. list.Select(IPEndPoint.Parse)])
                : throw new WorkerLostException($"{wire.Peer} knows {list.Length + 1} processes; {options.WorldSize} were expected.");
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    /// <summary>Connects, again and again while nobody listens yet.</summary>
    static async Task<Wire> ConnectAsync(EndPoint to, string name, SocketGroupOptions options, CancellationToken cancellationToken)
    {
        while (true)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(to, cancellationToken);
                return new(socket, name, options.Wait);
            }
            catch (SocketException)
            {
                socket.Dispose();
                await Task.Delay(50, cancellationToken);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    /// <summary>The next connection whose introduction is right. A stranger that says nothing holds the others up for seconds, not more.</summary>
    static async Task<(Wire Wire, int Rank, int Port)> AcceptAsync(Socket listener, int operation, SocketGroupOptions options, Func<int, bool> isExpected, CancellationToken cancellationToken)
    {
        while (true)
        {
            var socket = await listener.AcceptAsync(cancellationToken);
            socket.NoDelay = true;
            try
            {
                var hello = await new Wire(socket, "A process that just connected", TimeSpan.FromSeconds(5)).ReceiveAsync(operation, 0, MostHello, cancellationToken);
                if (Read(hello, options) is var (rank, port) && isExpected(rank))
                    return (new(socket, $"Rank {rank}", options.Wait), rank, port);
            }
            catch (WorkerLostException)
            {
                // Not one of ours.
            }
            catch
            {
                socket.Dispose();
                throw;
            }
            socket.Dispose();
        }
    }

    /// <summary>Rank and port, where the introduction was made with the run's token and for its number of processes.</summary>
    static (int Rank, int Port)? Read(byte[] hello, SocketGroupOptions options)
    {
        if (hello.Length != Fields + 32 || !CryptographicOperations.FixedTimeEquals(hello.AsSpan(Fields), Proof(options, hello.AsSpan(0, Fields))))
            return null;
        var (world, rank, port) = (BinaryPrimitives.ReadInt32LittleEndian(hello), BinaryPrimitives.ReadInt32LittleEndian(hello.AsSpan(4)), BinaryPrimitives.ReadInt32LittleEndian(hello.AsSpan(8)));
        return world == options.WorldSize && rank >= 0 && rank < world && port is >= 0 and <= 65535 ? (rank, port) : null;
    }

    static byte[] Introduction(SocketGroupOptions options, int port)
    {
        var bytes = new byte[Fields + 32];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, options.WorldSize);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), options.Rank);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), port);
        Proof(options, bytes.AsSpan(0, Fields)).CopyTo(bytes, Fields);
        return bytes;
    }

    static byte[] Proof(SocketGroupOptions options, ReadOnlySpan<byte> fields) => HMACSHA256.HashData(Encoding.UTF8.GetBytes(options.Token), fields);

    static async Task<IPEndPoint> BoundAsync(EndPoint address, CancellationToken cancellationToken) => address as IPEndPoint
        ?? new(await Dns.GetHostAddressesAsync(((DnsEndPoint)address).Host, AddressFamily.InterNetwork, cancellationToken) is [var first, ..] ? first
            : throw new WorkerLostException($"{address}: the name has no address."), ((DnsEndPoint)address).Port);

    /// <summary>A connection by name goes through an IPv6 socket even where the address is an IPv4 one.</summary>
    static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    static Socket Listen(IPEndPoint at)
    {
        var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(at);
        socket.Listen(128);
        return socket;
    }
}
