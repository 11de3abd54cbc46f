namespace ReasonIR.Torch;

/// <summary>How the tokens of a sequence attend to each other.</summary>
/// <param name="Scale">Factor of the scores q·k; usually 1 / sqrt(width).</param>
/// <param name="Left">Tokens before a token that it sees; null: all. Mistral's window of w tokens is w - 1.</param>
/// <param name="Right">Tokens after a token that it sees; null: all. 0 is causal.</param>
/// <param name="SoftCap">Scores s become cap * tanh(s / cap) (Gemma 2); 0: as they are.</param>
/// <param name="Dropout">Share of attention probabilities zeroed, the rest scaled up; 0 outside training.</param>
public readonly record struct AttentionOptions(double Scale, int? Left = null, int? Right = null, double SoftCap = 0, double Dropout = 0);
