using System.Net;
using System.Net.Sockets;

namespace ReasonIR.Hosting.Networking;

/// <summary>Loopback ports nobody listens on.</summary>
public static class FreePort
{
    // Below the range from which the system gives outgoing connections theirs (32768 up): one of those could take the port between
    // our look and the service's bind, and again each time the service is restarted.
    const int First = 15000, End = 32000;

    /// <summary>A free port, at random; nothing but chance keeps another process from taking it before it is used.</summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < 1000; attempt++)
            if (Random.Shared.Next(First, End) is var port && IsFree(port))
                return port;
        throw new InvalidOperationException($"No free port from {First} to {End} on 127.0.0.1.");
    }

    /// <summary>Whether a listener could be opened there now.</summary>
    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(); // binding alone succeeds beside a listener in some states
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
