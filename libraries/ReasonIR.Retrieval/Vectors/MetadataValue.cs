namespace ReasonIR.Retrieval.Vectors;

/// <summary>A value that filters can ask for: a text or a finite number. A truth value is the text <c>true</c> or <c>false</c>.</summary>
public readonly record struct MetadataValue
{
    /// <summary>Bytes of UTF-8 that a text may have.</summary>
    public const int LongestBytes = 1024;

    MetadataValue(string? text, double number) => (Text, Number) = (text, number);

    /// <summary>The text; null for a number.</summary>
    public string? Text { get; }

    public double Number { get; }

    public static implicit operator MetadataValue(string text) => new(text ?? throw new ArgumentNullException(nameof(text)), 0);

    public static implicit operator MetadataValue(double number) =>
        double.IsFinite(number) ? new(null, number) : throw new ArgumentException($"metadata: {number} is not a finite number");

    public static implicit operator MetadataValue(bool truth) => new(truth ? "true" : "false", 0);

    public override string ToString() => Text ?? Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A field of a document.</summary>
/// <param name="Key">1 to 256 characters.</param>
public readonly record struct MetadataField(string Key, MetadataValue Value)
{
    public const int LongestKey = 256;
}
