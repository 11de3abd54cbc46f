namespace ReasonIR.Models.Decoders;

/// <summary>Rotary positions (Su et al. 2021): pair i of a head turns by position · theta^(-2i/width), slowed down for long texts by a scaling.</summary>
/// <param name="Theta">Base of the frequencies.</param>
/// <param name="Scaling">null: none (rope type <c>default</c>).</param>
public sealed record RotaryConfig(double Theta, RotaryScaling? Scaling = null)
{
    /// <summary>
    /// Radians a position for each pair, [width / 2]. In f32 throughout, operation by operation as transformers computes them: at position
    /// 10,000 the last bit of a frequency is a thousandth of a radian.
    /// </summary>
    public float[] Frequencies(int width)
    {
        var frequencies = new float[width / 2];
        for (var i = 0; i < frequencies.Length; i++)
            frequencies[i] = 1f / (float)Math.Pow((float)Theta, 2 * i / (float)width);
        return Scaling is null ? frequencies : Array.ConvertAll(frequencies, Scaling.Apply);
    }
}

/// <summary>A change of the frequencies that does not depend on the text's length.</summary>
public abstract record RotaryScaling
{
    /// <summary>config.json's name of it.</summary>
    public abstract string Type { get; }

    public abstract float Apply(float frequency);
}

/// <summary>All frequencies divided by a factor.</summary>
public sealed record LinearScaling(double Factor) : RotaryScaling
{
    public override string Type => "linear";

    public override float Apply(float frequency) => frequency / (float)Factor;
}

/// <summary>
/// Llama 3.1's: slow frequencies divided by a factor, fast ones kept, those between blended. Slow and fast are told apart by the wavelength
/// against the original context.
/// </summary>
/// <param name="OriginalPositions">Context of the training before the extension, tokens.</param>
public sealed record Llama3Scaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, double OriginalPositions) : RotaryScaling
{
    public override string Type => "llama3";

    public override float Apply(float frequency)
    {
        var wavelength = 2 * MathF.PI / frequency;
        if (wavelength > OriginalPositions / LowFrequencyFactor)
            return frequency / (float)Factor;
        if (wavelength < OriginalPositions / HighFrequencyFactor)
            return frequency;
        var kept = ((float)OriginalPositions / wavelength - (float)LowFrequencyFactor) / (float)(HighFrequencyFactor - LowFrequencyFactor);
        return (1 - kept) * frequency / (float)Factor + kept * frequency;
    }
}
