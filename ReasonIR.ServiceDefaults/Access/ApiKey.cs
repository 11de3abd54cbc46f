using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace ReasonIR.ServiceDefaults.Access;

/// <summary>The key that every request must carry where <c>REASONIR_API_KEY</c> is set.</summary>
public sealed class ApiKey(string? value)
{
    public const string Variable = "REASONIR_API_KEY";

    public const string Header = "X-Api-Key";

    /// <summary>Null: none is required.</summary>
    public string? Value { get; } = string.IsNullOrWhiteSpace(value) ? null : value.Trim();

    public static ApiKey From(IConfiguration configuration) => new(configuration[Variable]);

    /// <summary>
    /// Accepts <c>X-Api-Key: KEY</c>, <c>Authorization: Bearer KEY</c>, and <c>Authorization: Basic</c> with the key as password, which
    /// is what a browser sends after asking for it.
    /// </summary>
    public bool Accepts(HttpRequest request)
    {
        if (Value is null)
            return true;
        if (request.Headers.TryGetValue(Header, out var header) && Same(header.ToString()))
            return true;
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var authorization) || authorization.Parameter is null)
            return false;
        return authorization.Scheme.ToUpperInvariant() switch
        {
            "BEARER" => Same(authorization.Parameter),
            "BASIC" => Same(BasicPassword(authorization.Parameter)),
            _ => false,
        };
    }

    // Hashed first: the time taken tells neither content nor length.
    bool Same(string given) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(Value!)));

    static string BasicPassword(string parameter)
    {
        var bytes = new byte[parameter.Length];
        return Convert.TryFromBase64String(parameter, bytes, out var length) && Encoding.UTF8.GetString(bytes, 0, length) is var pair && pair.IndexOf(':') is >= 0 and var colon
            ? pair[(colon + 1)..]
            : "";
    }
}
